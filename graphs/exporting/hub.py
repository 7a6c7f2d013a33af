"""An export on the Hugging Face hub: a data set repository with the rows in TRL's form, and the run's card."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import tempfile
from pathlib import Path

from scenarios.errors import SettingsError

HUB = "hub:"
"""How a target begins that is a repository."""
TOKEN = "HF_TOKEN"
"""The environment variable that holds the token; it is read from nowhere else, and shown nowhere."""
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_HEADER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_CARD = "README.md"


def repository_of(target: str) -> str:
    """`OWNER/NAME` of a target `hub:OWNER/NAME`. Raises SettingsError, also if nothing could be uploaded."""
    name = target.removeprefix(HUB)
    if not _NAME.fullmatch(name):
        raise SettingsError(f"to={target}: write hub:OWNER/NAME")
    if importlib.util.find_spec("huggingface_hub") is None:
        raise SettingsError(f"to={target}: needs the package huggingface_hub; pip install 'colloquia[export]'")
    if not os.environ.get(TOKEN, "").strip():
        raise SettingsError(f"to={target}: needs a token that may write, in the environment variable {TOKEN}")
    return name


def upload(folder: Path, run: Path, name: str, private: bool) -> str:
    """Upload an export to a repository, which is made if it is not there; returns its address. Files of the same names are
    replaced, others stay. Raises SettingsError with the hub's words."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    token = os.environ[TOKEN].strip()
    hub = HfApi(token=token, endpoint=os.environ.get("HF_ENDPOINT") or None)
    try:
        with tempfile.TemporaryDirectory() as made:
            whole = Path(made) / "export"
            shutil.copytree(folder, whole)
            (whole / _CARD).write_text(_card(whole / _CARD, run), encoding="utf-8")
            hub.create_repo(name, repo_type="dataset", private=private, exist_ok=True)
            hub.upload_folder(repo_id=name, repo_type="dataset", folder_path=str(whole), commit_message="Export")
    except HfHubHTTPError as error:
        told = " ".join(str(error).split())[:200].replace(token, "…")
        raise SettingsError(f"to={HUB}{name}: the hub refuses it ({told})") from None
    except OSError as error:
        raise SettingsError(
            f"to={HUB}{name}: the hub cannot be reached ({' '.join(str(error).split())[:200]})"
        ) from None
    return f"https://huggingface.co/datasets/{name}"


def _card(columns: Path, run: Path) -> str:
    """The header that declares the columns, and below it what the run's card says, if there is one."""
    header = columns.read_text(encoding="utf-8") if columns.is_file() else ""
    card = run / _CARD
    said = _HEADER.sub("", card.read_text(encoding="utf-8")) if run.is_dir() and card.is_file() else ""
    return f"{header}\n{said}" if said else header
