"""How a lab that was made, or taken down, is told."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from labctl.cli.show import print_document

if TYPE_CHECKING:
    from labctl.labfile.load import LoadedLab
    from labctl.orchestrator.down import Down
    from labctl.orchestrator.up import Made


def print_made(made: "Made", loaded: "LoadedLab", form: str) -> None:
    """Print what `up` made, and what to do next."""
    urls = {name: f"http://127.0.0.1:{port}" for name, port in made.ports.items()}
    if form == "json":
        print_document(
            {
                "lab": made.lab,
                "operations": made.operations,
                "seconds": round(made.seconds, 3),
                "urls": urls,
                "access_key": loaded.lab.minio.access_key,
                "bucket": loaded.lab.bucket.name,
                "client_exit_code": made.client_exit,
                "steps_left": made.steps_left,
                "evidence": str(made.evidence),
            }
        )
        return
    if not made.operations:
        click.echo(f"nothing to do: lab {made.lab} is up as its file says")
    else:
        click.echo(f"lab {made.lab} is up after {made.seconds:.1f} s")
    click.echo(f"  client   {_client_text(made)}")
    for name, url in urls.items():
        click.echo(f"  {name:8} {url}")
    click.echo(f"  login    {loaded.lab.minio.access_key}, {_secret_text(loaded)}")
    click.echo(f"  evidence {made.evidence} (collected by `labctl down`)")
    if made.steps_left:
        click.echo(f"  steps left: {'; '.join(made.steps_left)}")
        click.echo(f"  play them: labctl step --lab {made.lab} --next, or --rest for all of them")
    click.echo(f"next: labctl logs --lab {made.lab} -f, labctl down {made.lab} --purge")


def _secret_text(loaded: "LoadedLab") -> str:
    """Where the secret key stands; labctl's own is no secret."""
    minio = loaded.lab.minio
    if "secret_key" in minio.model_fields_set:
        return f"secret key as in {loaded.path}"
    return f"secret key {minio.secret_key} (the default; {loaded.path} names none)"


def _client_text(made: "Made") -> str:
    if made.client is None:
        return "none yet: the first upload is still to be played"
    if made.client_exit is None:
        return "runs"
    return f"ended with exit code {made.client_exit}; to play it again: --recreate"


def print_down(done: Sequence["Down"], form: str) -> None:
    """Print what `down` removed, what the evidence says, and what is left."""
    if form == "json":
        print_document([_down_document(one) for one in done])
        return
    if not done:
        click.echo("no lab is up")
    for one in done:
        click.echo(f"lab {one.lab} is down after {one.seconds:.1f} s: {len(one.removed)} removed")
        if one.evidence:
            click.echo("\n".join((f"  {one.answer}", *_fault_lines(one))))
            click.echo(f"  evidence {one.evidence}")
        if one.volumes_left:
            click.echo(
                f"  volumes left, empty from now on: {', '.join(one.volumes_left)}\n"
                f"  remove them: labctl down {one.lab} --purge"
            )


def _fault_lines(one: "Down") -> list[str]:
    from labctl.report.words import check_text

    return [f"  {check.result:7}  {check_text(check)}" for check in one.faults]


def _down_document(one: "Down") -> dict[str, Any]:
    from labctl.report.text import check_document

    return {
        "lab": one.lab,
        "removed": one.removed,
        "volumes_left": one.volumes_left,
        "answer": one.answer,
        "faults": [check_document(check) for check in one.faults],
        "evidence": str(one.evidence) if one.evidence else None,
        "seconds": round(one.seconds, 3),
    }
