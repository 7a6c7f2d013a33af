"""The command: `python -m graphs.certify out=DIR [share=5] [confidence=95] [seed=N]`.

Says how many samples of an audited dataset are flawed at the most, from people's verdicts alone.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from scenarios.errors import SettingsError

KEYS = ("out", "share", "confidence", "seed")
_HELP = """usage: python -m graphs.certify out=DIR [share=5] [confidence=95] [seed=N]

Says how many samples of the dataset in DIR are flawed at the most, from the verdicts of an audit in graphs.studio, and writes it to
quality.json, the dataset card and certificate.json. The bound holds whenever the reviewers stopped. Only audited samples count, in
the order in which they were drawn: not what was shown because something seemed wrong with it. graphs.verify derives it again.

  out          the run's directory
  share=5      per cent: it says how many clean ones more it takes until at most so many are flawed
  confidence=95  per cent
  seed         the audit with this seed; by default the last one

exit codes: 0 certified · 3 no claim holds for the dataset as it is · 2 a mistake in the input · 130 interrupted · 1 a fault of ours"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, lambda: _HELP, _certify)


def _certify(words: list[str]) -> int:
    given = keys_given(words, KEYS, "graphs.certify", "out=DIR")
    if not given.get("out"):
        raise SettingsError("out: is missing; write out=DIR, the directory of a run")
    share = _per_cent(given.get("share", "5"), "share", "5")
    confidence = _per_cent(given.get("confidence", "95"), "confidence", "95")
    seed = given.get("seed")
    if seed is not None and not (seed.isascii() and seed.isdigit() and len(seed) < 16):
        raise SettingsError(f"seed={seed}: is no whole number; leave it out for the last audit")
    from graphs.certifying.claim import clean_ones_until, percent
    from graphs.certifying.quality import QUALITY, certify
    from graphs.files.inside import check_inside
    from graphs.files.rundir import check_no_fork, is_run
    from scenarios.errors import RunDirError

    out = Path(given["out"])
    check_inside(out)
    if not is_run(out):
        raise RunDirError(f"out={out}: holds no run; give the directory of one")
    check_no_fork(out, "they are no dataset to make a claim about")
    made = certify(out, seed=None if seed is None else int(seed), confidence=confidence)
    claim = made.claim
    print(claim.sentence)
    more = clean_ones_until(claim, share)
    if claim.void:
        print(f"To claim something of the dataset as it is, audit it again: python -m graphs.studio out={out}")
    elif more is None:
        print(f"At most {percent(share)} cannot be claimed any more, even if all that is left is clean.")
    elif more:
        print(f"{more} clean ones more in the audit, and at most {percent(share)} are.")
    if made.agreement and made.claim.twice:
        agree = made.agreement
        figures = (
            f"{name} {figure.value:.2f}"
            for name, figure in (("α", agree.alpha), ("AC1", agree.ac1))
            if figure.value is not None
        )
        print(f"Judged twice: {claim.twice}, the same both times: {claim.same} ({', '.join(figures)}).")
    print(f"written: {out / QUALITY}, and into the card and the certificate")
    return Exit.EARLY if claim.void else Exit.DONE


def _per_cent(told: str, key: str, example: str) -> float:
    """A share, told in per cent. Raises SettingsError."""
    try:
        found = float(told.removesuffix("%").strip()) / 100
    except ValueError:
        found = -1.0
    if not 0 < found < 1:
        raise SettingsError(f"{key}={told}: is no percentage between 0 and 100; write {key}={example}")
    return found


if __name__ == "__main__":
    sys.exit(main())
