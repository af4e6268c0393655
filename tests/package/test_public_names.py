"""The public names are a contract; adding one is a decision, not an accident."""

from __future__ import annotations

import pytest

import recastbook as rb
from recastbook import exceptions

PUBLIC = (
    "Analysis", "Cut", "ModelCard", "Region", "Result", "Sample", "__version__", "analyses", "generate", "load",
    "plots", "register", "surrogates", "units",
)  # fmt: skip


def test_public_names_are_frozen() -> None:
    assert tuple(sorted(rb.__all__)) == tuple(sorted(PUBLIC))
    assert dir(rb) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_public_name_is_there(name: str) -> None:
    assert getattr(rb, name) is not None


def test_typo_is_answered() -> None:
    with pytest.raises(AttributeError, match=r"no public name 'Sampel'.*'Sample'"):
        rb.Sampel  # noqa: B018


@pytest.mark.parametrize("name", [n for n in exceptions.__all__ if n not in ("RecastbookError", "did_you_mean")])
def test_every_error_is_also_a_builtin(name: str) -> None:
    """``except KeyError`` and friends keep working, and there is one base to catch."""
    cls = getattr(exceptions, name)
    assert issubclass(cls, exceptions.RecastbookError)
    builtin = [base for base in cls.__mro__ if base.__module__ == "builtins" and base is not exceptions.RecastbookError]
    assert any(base not in (Exception, BaseException, object) for base in builtin)
    assert str(cls("a sentence, not its repr")) == "a sentence, not its repr"


def test_analyses_answers_before_and_after_a_search_was_imported() -> None:
    """The package of the searches has the same name as the function; importing one must not hide it."""
    before = rb.analyses()
    rb.load("ATLAS-SUSY-2018-30")
    assert rb.analyses() == before
    assert "ATLAS-SUSY-2018-30" in before
