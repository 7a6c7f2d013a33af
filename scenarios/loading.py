"""Loading a scenario: by name from this package, or from a file. Nothing in a file is run."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError

from scenarios.conversations.expanding import PROMPTS, expanded, is_conversation
from scenarios.conversations.texts import check_audiences, check_cites, check_own
from scenarios.errors import ScenarioError, nearest
from scenarios.frozen import Frozen
from scenarios.material.documents.excerpt import Excerpt
from scenarios.material.tools.mcp import McpPlan, mcp_plans
from scenarios.material.tools.spec import ToolSpec
from scenarios.reading.files import lines_of, read_text
from scenarios.reading.json_text import read_rows
from scenarios.reading.mixes import MOST_VALUES, Columns, Mix, read_mix
from scenarios.reading.yaml_text import read_yaml
from scenarios.records import Brief
from scenarios.schema.axes import Axis
from scenarios.schema.conversation import Frame
from scenarios.schema.corpus import Corpus
from scenarios.schema.demonstrations import Demonstration
from scenarios.schema.ideation import IDEATOR
from scenarios.schema.plans import PASSAGE, AnswerKind, Decoding, Role
from scenarios.schema.scenario import Calibration, Scenario
from scenarios.schema.styles import PerStyle, Style
from scenarios.templates import Prompt
from scenarios.worlds.registry import digest_of, module_of, world_in
from scenarios.worlds.world import World

_HOME = Path(__file__).parent
_SHIPPED = _HOME / "shipped"
_SHARED = (_HOME / "worlds" / "prompts", PROMPTS, _HOME / "prompts")
"""Prompts that scenarios share: a file is named with an `@` before it."""
_IDEATES = PerStyle(chat="@ideator.chat.jinja", transcript="@ideator.transcript.jinja")
FITS = PerStyle(chat="@fits.chat.jinja", transcript="@fits.chat.jinja")
"""Asks what a proposed value fits. Base models are not asked."""
CASE = PerStyle(chat="@case.chat.jinja")
"""What all who judge a conversation are shown before they are asked."""
CUE = PerStyle(chat="@cue.chat.jinja")
"""What stands behind the messages so far when a speaker is asked for the next one."""
SYSTEM = PerStyle(chat="@system.chat.jinja")
"""The system message that a conversation has in a dataset."""
FRAMES = {Frame.CASE: CASE, Frame.CUE: CUE, Frame.SYSTEM: SYSTEM}
SCENARIO_FILE = "scenario.yaml"
_MOST_TOLD = 400
"""Characters of what is wrong: a value of thousands stands in some errors."""


def _is_none(value: object) -> bool:
    """Whether there is none of it: then it is left out of the digest that runs of earlier versions have."""
    return not value


class Loaded(Frozen):
    """A scenario with the files it names: prompts by file name, and demonstrations."""

    scenario: Scenario
    prompts: dict[str, Prompt]
    demonstrations: tuple[Demonstration, ...] = ()
    world_module: str = ""
    """The module of the scenario's world; empty if it plays in none."""
    world_digest: str = ""
    """Of that module's source: with another one, other samples come out."""

    @property
    def world(self) -> World | None:
        """The scenario's world."""
        return world_in(self.world_module) if self.world_module else None

    file: Path = Field(default=Path(), exclude=True)
    """The file that it was read from."""
    corpus: Corpus | None = None
    tools: tuple[ToolSpec, ...] = Field(default=(), exclude_if=_is_none)
    """Of a conversation: what the assistant may call, by the scenario's own files."""
    mcp: dict[str, McpPlan] = Field(default_factory=dict, exclude_if=_is_none)
    """Of a conversation: the servers that list more, by name."""
    notes: tuple[str, ...] = Field(default=(), exclude_if=_is_none)
    """What of the user's files is not used, a line each."""
    uncopied: tuple[tuple[str, str], ...] = Field(default=(), exclude_if=_is_none)
    """Texts of the user's logs whose wording no sample may copy, each with its file and row."""

    @cached_property
    def passages(self) -> tuple[Excerpt, ...]:
        """The passages of the documents that ground the scenario's conversations."""
        return tuple(Excerpt.model_validate(one) for one in self.scenario.documents)

    @cached_property
    def passage_ids(self) -> frozenset[str]:
        """The ids of all of them."""
        return frozenset(one.id for one in self.passages)

    def prompt(self, files: PerStyle, style: Style) -> Prompt:
        """The prompt of `files` for a style of model, which has to have one."""
        return self.prompts[files.of(style)]

    def chat_only(self, role: str) -> bool:
        """Whether a role has a prompt that no base model can be asked by."""
        plans = [plan.prompt for plan in self.scenario.fields if plan.by == role]
        plans += [plan.prompt for plan in self.scenario.ideated.values() if role == IDEATOR and plan.prompt]
        return any(not prompt.of(Style.TRANSCRIPT) for prompt in (self.scenario.roles[role].prompt, *plans))

    def shown(self, brief: Brief) -> list[Demonstration]:
        """The demonstrations of a brief: its peers, then the scenario's own, which prompts have last."""
        return [*brief.peers, *(self.demonstrations[index] for index in brief.demonstrations)]


def scenario_names() -> list[str]:
    """The names of the scenarios that ship with the package."""
    return sorted(path.parent.name for path in _SHIPPED.glob("*/scenario.yaml"))


def is_scenario_path(name: str) -> bool:
    """Whether a scenario is given by its file or folder, and not by name: a name that ships stands for what ships."""
    if Path(name).suffix in {".yaml", ".yml"} or "/" in name:
        return True
    return name not in scenario_names() and (Path(name) / "scenario.yaml").is_file()


def scenario_path(name: str) -> Path:
    """The file of a scenario given by name or by path. Raises ScenarioError if there is none."""
    known = scenario_names()
    if name in known:
        return _SHIPPED / name / "scenario.yaml"
    path = Path(name)
    if is_scenario_path(name):
        try:
            path = path / "scenario.yaml" if path.is_dir() else path
            if path.is_file():
                return path
            there = path.exists()
        except OSError as error:
            raise ScenarioError(f"scenario={name[:_MOST_TOLD]}: cannot be read: {error.strerror}") from None
        if there:
            raise ScenarioError(f"scenario={name}: is no file; name a scenario.yaml, or a folder that has one")
        raise ScenarioError(f"scenario={name}: there is no such file")
    raise ScenarioError(
        f"scenario={name}: unknown{nearest(name, known)}; known: {', '.join(known)}, or the path of a scenario.yaml"
    )


class Written(NamedTuple):
    """A scenario as its file says it."""

    path: Path
    given: Any
    """What the file holds."""
    whole: Any
    """The same with all that it has by default; nothing is checked."""
    notes: tuple[str, ...] = ()
    """What of the user's files is not used, a line each."""


def read_written(name: str) -> Written:
    """Read the file of a scenario given by name or by path. Raises ScenarioError: it is missing or broken, or cannot be made
    whole."""
    return written_in(scenario_path(name))


def written_in(path: Path) -> Written:
    """What a scenario's file says. Raises ScenarioError as `read_written`."""
    given = read_yaml(path)
    if not isinstance(given, dict) or not is_conversation(given):
        return Written(path, given, given)
    whole, notes = expanded(given, path, partial(file_of, path), partial(file_of, path, folder=True))
    return Written(path, given, whole, notes)


def load(name: str, trusted: Collection[str] = ()) -> Loaded:
    """Read and check a scenario with all the files it names.

    `trusted` are the modules that it may name as its world: such a module is run. Raises ScenarioError: a missing or broken file, an unknown field, an axis without values,
    a template that is broken or undefined.
    """
    return _read(scenario_path(name), trusted)


def for_base_models(loaded: Loaded, trusted: Collection[str] = ()) -> Loaded:
    """The scenario that stands in for `loaded` if a base model speaks: the file that it names as `base_models`. Raises
    ScenarioError as `load`, and if that file names yet another one."""
    path = file_of(loaded.file, loaded.scenario.base_models)
    found = _read(path, trusted)
    if found.scenario.base_models:
        raise ScenarioError(f"{path}: base_models: stands in for {loaded.file.name} itself; leave the key out")
    return found


def _read(path: Path, trusted: Collection[str]) -> Loaded:
    written = written_in(path)
    data, uncopied = _with_lists(path, written.whole)
    scenario = _with_ideator(_validated(path, data))
    if scenario.base_models:
        file_of(path, scenario.base_models)
    files = {file for prompt in _prompts_of(scenario) for file in prompt.files()}
    own = _own_prompts(scenario)
    prompts = {
        file: Prompt.parse(own.get(file, file), read_text(file_of(path, own.get(file, file)))) for file in sorted(files)
    }
    check_own(own, prompts)
    check_audiences(path, scenario, prompts)
    check_cites(path, scenario)
    demonstrations: tuple[Demonstration, ...] = ()
    if scenario.demonstrations:
        file = file_of(path, scenario.demonstrations.file)
        try:
            demonstrations = TypeAdapter(tuple[Demonstration, ...]).validate_python(read_yaml(file))
        except ValidationError as error:
            raise ScenarioError(f"{file.name}: {_first(error)}") from None
    measured = path.with_name("calibration.yaml")
    if measured.is_file():
        try:
            rows = TypeAdapter(tuple[Calibration, ...]).validate_python(read_yaml(measured) or [])
        except ValidationError as error:
            raise ScenarioError(f"{measured.name}: {_first(error)}") from None
        scenario = scenario.model_copy(update={"calibration": scenario.calibration + rows})
    corpus = _corpus(file_of(path, scenario.corpus.file)) if scenario.corpus else None
    if corpus is not None:
        scenario = _with_passages(path, scenario, corpus)
    module = module_of(scenario.world.name, trusted) if scenario.world else ""
    try:
        tools = TypeAdapter(tuple[ToolSpec, ...]).validate_python(scenario.tools)
        mcp = mcp_plans(scenario.mcp)
    except ValidationError as error:
        raise ScenarioError(f"{path}: tools or mcp: {_first(error)}") from None
    except ScenarioError as error:
        raise ScenarioError(f"{path}: {error}") from None
    return Loaded(
        file=path, tools=tools, mcp=mcp, scenario=scenario, prompts=prompts, demonstrations=demonstrations, corpus=corpus, world_module=module,
        world_digest=digest_of(module) if module else "", uncopied=uncopied, notes=written.notes,
    )  # fmt: skip


def _corpus(file: Path) -> Corpus:
    """Read a corpus: YAML, or JSONL with one passage a line."""
    try:
        return Corpus.model_validate({"passages": _listed(file)})
    except ValidationError as error:
        raise ScenarioError(f"{file.name}: {_first(error)}") from None


def _with_passages(path: Path, scenario: Scenario, corpus: Corpus) -> Scenario:
    """The scenario with its corpus's passages as an axis, so that the planner covers them as it does any other."""
    if PASSAGE in scenario.axes:
        raise ScenarioError(f"{path}: axes: '{PASSAGE}' is the axis that the corpus adds; give yours another name")
    values = [{"name": one.id, "title": one.title, "text": one.text} for one in corpus.passages]
    axis = Axis.model_validate(values)
    return scenario.model_copy(update={"axes": {PASSAGE: axis, **scenario.axes}})


def _with_lists(path: Path, data: Any) -> tuple[Any, tuple[tuple[str, str], ...]]:
    """A scenario's fields with the rows and words in place of the files that axes and facts name, and the texts of the rows that
    no sample may copy."""
    if not isinstance(data, dict):
        return data, ()
    found = dict(data)
    uncopied: list[tuple[str, str]] = []
    if isinstance(axes := data.get("axes"), dict):
        found["axes"] = {}
        for name, plan in axes.items():
            mix = (
                _mix(path, f"axes.{name}", plan)
                if isinstance(plan, dict) and isinstance(plan.get("file"), str)
                else None
            )
            found["axes"][name] = plan if mix is None else {**_beside(plan), "values": list(mix.values)}
            uncopied += mix.uncopied if mix else ()
    if isinstance(facts := data.get("facts"), dict):
        found["facts"] = {
            name: {**plan, "words": _words(file_of(path, plan["words"]))}
            if isinstance(plan, dict) and isinstance(plan.get("words"), str)
            else plan
            for name, plan in facts.items()
        }
    return found, tuple(uncopied)


def _beside(plan: dict[str, Any]) -> dict[str, Any]:
    """What an axis has beside a file and its columns: nothing, or what the axis then refuses."""
    return {key: value for key, value in plan.items() if key != "file" and key not in Columns.model_fields}


def _mix(path: Path, where: str, plan: dict[str, Any]) -> Mix:
    """The values that a file of rows gives an axis. Raises ScenarioError."""
    file = file_of(path, plan["file"], folder=True)
    named = {key: value for key, value in plan.items() if key in Columns.model_fields}
    if not named and file.suffix in {".jsonl", ".yaml", ".yml"}:
        return Mix(values=tuple(_rows(file)))
    try:
        columns = Columns.model_validate(named)
    except ValidationError as error:
        raise ScenarioError(f"{path}: {where}.{_first(error)}") from None
    return read_mix(file, columns)


def _rows(path: Path) -> list[Any]:
    """The rows of a JSONL or YAML file, each a mapping with a name. Raises ScenarioError."""
    rows = _listed(path)
    if not isinstance(rows, list):
        raise ScenarioError(f"{path}: a file for an axis holds a list of rows")
    if len(rows) > MOST_VALUES:
        raise ScenarioError(f"{path}: {len(rows)} rows; an axis takes at most {MOST_VALUES}")
    for place, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not isinstance(row.get("name"), str):
            raise ScenarioError(f"{path}: row {place} is not a mapping with a text 'name'")
    return rows


def _listed(path: Path) -> Any:
    """What a file of rows holds: JSONL with a row a line, or YAML."""
    return [row for _, row in read_rows(path, spelled=True)] if path.suffix == ".jsonl" else read_yaml(path)


def _words(path: Path) -> list[str]:
    return [line for _, line in lines_of(read_text(path))]


def _with_ideator(scenario: Scenario) -> Scenario:
    """The scenario with the role that proposes values, if it needs one and brings none of its own."""
    if not scenario.ideated or IDEATOR in scenario.roles:
        return scenario
    decoding = {
        Style.CHAT: Decoding(temperature=1.0, max_tokens=1200),
        Style.TRANSCRIPT: Decoding(temperature=1.1, top_p=0.95, max_tokens=90, stop=("\n\n",)),
    }
    role = Role(prompt=_IDEATES, answer=AnswerKind.JSON, decoding=decoding)
    return scenario.model_copy(update={"roles": {**scenario.roles, IDEATOR: role}})


def _prompts_of(scenario: Scenario) -> list[PerStyle]:
    found = [role.prompt for role in scenario.roles.values()] + [field.prompt for field in scenario.fields]
    asked = [plan.prompt for plan in scenario.ideated.values() if plan.prompt]
    if scenario.conversation:
        asked += [CASE, CUE, SYSTEM]
    return found + asked + ([FITS] if any(plan.each for plan in scenario.ideated.values()) else [])


def _own_prompts(scenario: Scenario) -> dict[str, str]:
    """The files that stand in place of the prompts that every conversation shares."""
    plan = scenario.conversation
    return {FRAMES[name].chat: file for name, file in plan.prompts.items()} if plan else {}


def is_packaged(path: Path) -> bool:
    """Whether a scenario's file is one that ships."""
    return path.is_relative_to(_SHIPPED)


def read_prompt(scenario: Path, file: str) -> str:
    """The text of a prompt that a scenario's file names. Raises ScenarioError."""
    return read_text(file_of(scenario, file))


def shared_prompt(file: str) -> Prompt:
    """A prompt that every scenario shares, by its file's name."""
    return Prompt.parse(file, read_text(file_of(_HOME, f"@{file}")))


def file_of(scenario: Path, file: str, *, folder: bool = False) -> Path:
    """The path of a file (with `folder` also of a folder) named by a scenario, in its own folder; after an `@`, among the prompts
    that scenarios share."""
    name = file.removeprefix("@")
    try:
        home = (
            next((home for home in _SHARED if (home / name).is_file()), _SHARED[0]) if name != file else scenario.parent
        )
        home = home.resolve()
        path = (home / name).resolve()
        if not path.is_relative_to(home):
            raise ScenarioError(f"{scenario}: '{file}' lies outside the scenario's folder")
        if path.is_dir() and folder:
            return path
        if path.is_dir():
            raise ScenarioError(f"{scenario}: names the file '{file}', which is a folder")
        if not path.is_file():
            others = [other.name for other in home.iterdir()]
            raise ScenarioError(f"{scenario}: names the file '{file}', which does not exist{nearest(file, others)}")
    except (OSError, RuntimeError) as error:
        # RuntimeError: in Python 3.11 and 3.12, of links that lead to each other.
        why = getattr(error, "strerror", None) or "its links lead to each other"
        raise ScenarioError(f"{scenario}: names the file '{file[:_MOST_TOLD]}', which cannot be read: {why}") from None
    return path


def _validated(path: Path, data: Any) -> Scenario:
    if data is None:
        raise ScenarioError(f"{path}: is empty; a scenario is a mapping of fields")
    if not isinstance(data, dict):
        raise ScenarioError(f"{path}: a scenario is a mapping of fields")
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        raise ScenarioError(f"{path}: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    """The first error of a validation as one line, with the nearest known field if one is unknown."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = list(Scenario.model_fields) if len(first["loc"]) == 1 else []
        return f"unknown field '{where}'{nearest(str(first['loc'][-1]), known)}"
    return f"{where + ': ' if where else ''}{first['msg'].removeprefix('Value error, ')[:_MOST_TOLD]}"
