"""Every target by its name."""

from __future__ import annotations

from graphs.exporting.formats.alpaca import Alpaca
from graphs.exporting.formats.axolotl import Axolotl
from graphs.exporting.formats.inspect_ai import InspectAi
from graphs.exporting.formats.llamafactory import LlamaFactory
from graphs.exporting.formats.mlx import Mlx
from graphs.exporting.formats.openai import OpenAi
from graphs.exporting.formats.sharegpt import ShareGpt
from graphs.exporting.formats.tables import Csv, Parquet
from graphs.exporting.formats.target import Target
from graphs.exporting.formats.trl import Trl

TARGETS: dict[str, type[Target]] = {
    target.name: target
    for target in (Trl, OpenAi, LlamaFactory, Axolotl, Mlx, ShareGpt, Alpaca, InspectAi, Csv, Parquet)
}
