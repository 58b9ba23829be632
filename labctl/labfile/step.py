"""A step of a lab: one verb, and what may go with it."""

from collections.abc import Iterator

from pydantic import Field, field_validator, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import InitErrorDetails

from labctl.labfile.expect import Expect
from labctl.labfile.fields import Duration, Given, Names, at, refuse
from labctl.labfile.verbs import Ballast, Delete, Grow, Probe, Quota, Upload, Verb, Verify, Wait
from labctl.units import show_duration

VERBS = ("upload", "verify", "probe", "delete", "ballast", "grow", "quota", "wait")
"""What a step can do."""
EXAMPLES = {
    "upload": "`upload: all`, or the name of a group",
    "verify": "`verify: all`",
    "probe": "`probe: all`",
    "delete": "`delete: all`, `delete: {count: 5}` or `delete: {group: NAME}`",
    "ballast": "`ballast: 150MiB`, `ballast: 95%` or `ballast: 0`",
    "grow": "`grow: 300MiB`",
    "quota": "`quota: 50MiB` or `quota: none`",
    "wait": "`wait: 10s`, `wait: quota_armed`, `wait: {writable: 1MiB}`, `wait: {drive_used: 95%}` "
    "or `wait: {log: TEXT}`",
}
"""How each verb is written."""
KeyPath = tuple[str | int, ...]
_AT = "`ballast`, `grow` and `wait: {drive_used: ...}`"
_FOR = "`ballast` and `quota`"


class Step(Given):
    """One verb, and what may go with it."""

    upload: Upload | None = None
    """Send files: `all`, a group's name, or `{groups, parallel, pace, on_error, resend, ...}`."""
    verify: Verify | None = None
    """Read objects back and hold every byte against what was sent: `all` or `acknowledged`."""
    probe: Probe | None = None
    """Try every kind of call once: `all`."""
    delete: Delete | None = None
    """Delete objects: `all`, `{count: 5}` or `{group: small}`."""
    ballast: Ballast | None = None
    """A neighbour fills the drives: a size, a percentage of the drive to be used, or 0."""
    grow: Grow | None = None
    """A new, larger size of the drives."""
    quota: Quota | None = None
    """The bucket's quota: a size, or `none`."""
    wait: Wait | None = None
    """Until something has come: `10s`, `{writable: 1MiB}`, `quota_armed`, `{drive_used: 95%}` or
    `{log: TEXT}`."""
    at: Names = ()
    """The drives that are meant, such as `minio/data1`; all where left out."""
    lasting: Duration | None = Field(None, alias="for")
    """Undo what the verb set after so long: for `ballast` and `quota`."""
    within: Duration | None = None
    """Time limit of the step; past it the lab has failed, exit code 4."""
    expect: Expect | None = None
    """What must hold for this step alone."""
    meanwhile: tuple["Step", ...] = Field((), json_schema_extra={"minItems": 1})
    """Steps that are played, one after the other, while this one runs."""

    @classmethod
    def when_empty(cls, name: str) -> str:
        """How the verb is written."""
        return f"write {EXAMPLES[name]}" if name in EXAMPLES else super().when_empty(name)

    @classmethod
    def narrow(cls, schema: JsonSchemaValue) -> JsonSchemaValue:
        """One verb, no more and no less."""
        return schema | {"oneOf": [{"required": [verb]} for verb in VERBS]}

    @field_validator("within", "lasting")
    @classmethod
    def _some_time(cls, value: float | None) -> float | None:
        if value == 0:
            raise ValueError("must be more than 0 seconds; write for example 10s")
        return value

    @model_validator(mode="after")
    def _one_verb(self) -> "Step":
        given = [verb for verb in VERBS if getattr(self, verb) is not None]
        if not given:
            raise ValueError(f"has no verb; write one of: {', '.join(VERBS)}{self._orphans()}")
        if len(given) > 1:
            raise ValueError(f"has the verbs {' and '.join(given)}; make a step of each")
        refuse(list(self._misfits()))
        return self

    @property
    def name(self) -> str:
        """The verb's name."""
        return next(verb for verb in VERBS if getattr(self, verb) is not None)

    @property
    def verb(self) -> Verb:
        """The verb with all that stands under it."""
        found: Verb = getattr(self, self.name)
        return found

    def __str__(self) -> str:
        """In one line, as the lab file might have it."""
        more = [f"at {', '.join(self.at)}"] if self.at else []
        more += [f"for {show_duration(self.lasting)}"] if self.lasting is not None else []
        return ", ".join((f"{self.name} {self.verb}".rstrip(), *more))

    def walk(self, path: KeyPath = ()) -> Iterator[tuple[KeyPath, "Step"]]:
        """This step and all that are played meanwhile, depth first, each with its path."""
        yield path, self
        for number, inner in enumerate(self.meanwhile):
            yield from inner.walk((*path, "meanwhile", number))

    def _orphans(self) -> str:
        """What to do with what belongs to a verb, where there is none."""
        names = [type(self).model_fields[name].alias or name for name in self.model_fields_set]
        shown = " and ".join(sorted(names))
        return f", or indent {shown} under the step that is meant" if names else ""

    def _misfits(self) -> Iterator[InitErrorDetails]:
        """What does not go with the verb, whatever the lab is."""
        if self.at and not self._takes_at():
            told = f"does not go with {self.name}; drives are named for {_AT}: remove it"
            yield at(("at",), told)
        if self.lasting is not None and not self._can_be_undone():
            told = f"only what {_FOR} set can be undone after a time; remove it"
            yield at(("for",), told)
        if self.ballast is not None and self.ballast.keep and self.lasting is None:
            yield at(("ballast", "keep"), "for how long? write for example `for: 10s` beside it")
        lasts = {"wait": self.wait.seconds if self.wait is not None else None}
        lasts |= {"for": self.lasting} if self._can_be_undone() else {}
        for key, seconds in lasts.items():
            if seconds is not None and self.within is not None and seconds > self.within:
                limit = show_duration(self.within)
                told = f"is longer than the step's time limit, within {limit}; write less"
                yield at((key,), told)

    def _takes_at(self) -> bool:
        watches = self.wait is not None and self.wait.drive_used is not None
        return self.ballast is not None or self.grow is not None or watches

    def _can_be_undone(self) -> bool:
        filled = self.ballast is not None and self.ballast.size != 0
        return filled or (self.quota is not None and self.quota.size is not None)


def example_of(text: str) -> str:
    """How a step is written whose verb `text` may be; any step where it is none."""
    word, colon, rest = text.partition(":")
    if colon and rest.startswith(" ") and word in VERBS:
        return f"write it without quotes, `{text}`"
    if colon and rest and word in VERBS:
        return f"put a space after the ':', `{word}: {rest}`"
    return f"write {EXAMPLES.get(word, 'one verb, for example `upload: all`')}"
