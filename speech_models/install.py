"""Installs models: `python -m speech_models.install` lists them, `... install NAME` fetches, checks and places one."""

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from speech_models.catalogue import Model, ModelMissing, installed, read_catalogue, weights_folder, write_checksums
from speech_models.sources import SourceFailed, fetch, place_from, replace_folder

__all__ = ["ModelMissing", "install", "installed", "main", "verify"]


class NotInstalled(Exception):
    """A model could not be installed; the message is one sentence that says why and what to do."""


def install(model: Model, given: Path | None = None, try_seconds: float = 20) -> None:
    """Fetch a model from its sources in order (or only from the file or folder `given`), check it, put it in place.

    A model that is there and whole is left alone. Nothing is changed unless every sha256 is right: the work is done in
    a temporary folder beside the final one, which is then renamed. Raises NotInstalled, without trying, for a model
    whose sha256 is not known.
    """
    if given is None and not model.wrong_parts(model.folder):
        say(f"{model.name}: already installed in {model.folder}")
        return
    if not model.can_be_checked:
        raise NotInstalled(
            f"{model.name} was not installed: no sha256 of its archive is known, so nobody could tell it from another; "
            "get one from its maker, write it below [model.archive] of this model in speech_models/models.toml, and "
            "run this again."
        )
    weights_folder().mkdir(parents=True, exist_ok=True)
    failures = []
    for source in [given] if given else model.sources:
        say(f"{model.name}: from {source} ({size_in_words(model.size)})")
        with tempfile.TemporaryDirectory(prefix=f".{model.name}-", dir=weights_folder()) as temporary:
            folder = Path(temporary) / model.name
            folder.mkdir()
            try:
                place_from(model, given, folder) if given else fetch(model, source, folder, try_seconds)
                _check(model, folder)
            except SourceFailed as failure:
                say(f"{model.name}: {failure}")
                failures.append(str(failure))
                continue
            replace_folder(folder, model.folder)
        say(f"{model.name}: installed in {model.folder}")
        return
    raise NotInstalled(
        f"{model.name} was not installed: {failures[-1]} Fetch it on another machine and run: "
        f"python -m speech_models.install {model.name} --from FILE_OR_FOLDER"
    )


def _check(model: Model, folder: Path) -> None:
    if model.archive:
        write_checksums(folder)
    elif wrong := model.wrong_parts(folder):
        raise SourceFailed(f"The sha256 of {', '.join(wrong)} is not the one in the catalogue; nothing was installed.")


def verify(models: Iterable[Model]) -> bool:
    """Read every installed file again and compare its sha256; True when all that is installed is whole."""
    whole = True
    for model in models:
        if not model.folder.is_dir():
            say(f"{model.name}: not installed")
        elif wrong := model.wrong_parts(model.folder):
            whole = False
            say(f"{model.name}: DAMAGED ({', '.join(wrong)}); run: python -m speech_models.install {model.name}")
        else:
            say(f"{model.name}: whole")
    return whole


def list_models(models: Iterable[Model]) -> None:
    say(f"Models in {weights_folder()}:")
    models = list(models)
    name, licence = (max(len(getattr(model, column)) for model in models) + 2 for column in ("name", "licence"))
    for model in models:
        state = "installed" if not model.missing_parts() else "missing" if model.can_be_checked else "no sha256"
        mark = "*" if model.default else " "
        size = size_in_words(model.size)
        say(f" {mark} {model.name:{name}}{state:11}{size:>7}  {model.licence:{licence}}{model.what}")
    say("* belongs to the default set: python -m speech_models.install default")
    say("no sha256: cannot be checked, so it is not installed until models.toml has one")


def size_in_words(size: int) -> str:
    return f"{size / 1e6:.0f} MB" if size < 1e9 else f"{size / 1e9:.1f} GB"


def say(sentence: str) -> None:
    print(sentence, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """The command line. Exit code 0 when done (or with --optional), 1 when a model is not there or damaged."""
    parser = argparse.ArgumentParser(prog="python -m speech_models.install", description=__doc__)
    parser.add_argument("what", nargs="*", help="[install] NAME..., 'default', 'verify [NAME...]', or nothing: list")
    parser.add_argument("--from", dest="given", type=Path, metavar="FILE_OR_FOLDER", help="a local copy of the model")
    parser.add_argument("--try-seconds", type=float, default=20, metavar="N", help="how long a site may take to answer")
    parser.add_argument("--optional", action="store_true", help="exit code 0 also when the model cannot be had")
    options = parser.parse_args(arguments)
    catalogue = read_catalogue()
    action, names = _action(options.what, catalogue)
    if unknown := [name for name in names if name not in catalogue]:
        parser.error(f"There is no model named {unknown[0]}; the catalogue has: {', '.join(catalogue)}")
    if options.given and (action != "install" or len(names) != 1):
        parser.error("--from needs exactly one model's name.")
    models = [catalogue[name] for name in names]
    if action == "list":
        list_models(catalogue.values())
        return 0
    if action == "verify":
        return 0 if verify(models or catalogue.values()) else 1
    return _install_all(models, options)


def _action(words: list[str], catalogue: dict[str, Model]) -> tuple[str, list[str]]:
    """What the words of the command line ask for, and for which models."""
    if not words or words == ["list"]:
        return "list", []
    action, names = (words[0], words[1:]) if words[0] in ("install", "verify") else ("install", words)
    if names == ["default"] or (action == "install" and not names):
        names = [name for name, model in catalogue.items() if model.default]
    return action, names


def _install_all(models: list[Model], options: argparse.Namespace) -> int:
    failed = False
    for model in models:
        try:
            install(model, options.given, options.try_seconds)
        except NotInstalled as problem:
            print(problem, file=sys.stderr)
            failed = failed or not (model.optional and model.default)
    return 1 if failed and not options.optional else 0


if __name__ == "__main__":
    sys.exit(main())
