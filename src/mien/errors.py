"""Every error a caller can meet, in one tree.

```
MienError                      one clear sentence: what is wrong, where, and what to do
├── InputError                 the caller's input is at fault      (exit code 2, HTTP 4xx)
│   ├── NotAPicture            the bytes are no picture, are cut short, or are too large to decode
│   ├── NoFaceFound            a picture without a usable face
│   ├── NoSuchFace             the picture has faces, but not that many
│   ├── SeveralFaces           a picture of several faces where it must be clear which is meant
│   ├── UnknownName            a character, style, emotion or coefficient that does not exist
│   ├── BadExpression          numbers of the wrong shape, range or type
│   ├── BadFile                a data file (style, character, JSON) that does not say what it should
│   ├── NotALibrary            a folder that holds no mien library, or one of a newer version
│   ├── LibraryBusy            another process writes to the library
│   └── AddressInUse           the port is taken
└── ResourceError              a weight or mesh is missing, damaged or cannot be fetched  (exit code 1, HTTP 503)
    ├── ResourceMissing        not fetched yet
    ├── ChecksumMismatch       fetched, but not what the manifest promises
    └── FetchFailed            no network, no such package, or no space
```

The command line and the service turn these into exit codes and statuses in one place each; nothing else catches them.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class MienError(Exception):
    """Base of all errors raised on purpose; `str(error)` is meant for a person."""


class InputError(MienError):
    """The caller's input is at fault."""


class NotAPicture(InputError):
    """The bytes are no picture, are cut short, or are too large to decode."""


class NoFaceFound(InputError):
    """A picture without a usable face."""


class NoSuchFace(InputError):
    """The picture has faces, but not the one asked for."""


class SeveralFaces(InputError):
    """A picture of several faces where it must be clear which one is meant."""


class UnknownName(InputError):
    """A name that does not exist, with the closest ones that do."""

    @classmethod
    def among(cls, what: str, name: str, known: Iterable[str]) -> UnknownName:
        """Say which `what` is unknown, and offer up to three close names (all of them if there are few).

        what: the noun shown to the user, for example "character".
        known: every valid name.
        """
        names = sorted(known)
        folded = {n.lower(): n for n in names}
        close = [folded[c] for c in difflib.get_close_matches(name.lower(), list(folded), n=3, cutoff=0.5)]
        if close:
            hint = f"Did you mean {' or '.join(close)}?"
        elif not names:
            hint = f"There is no {what} yet."
        else:
            shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
            hint = f"Choose one of: {shown}."
        return cls(f"Unknown {what} '{name}'. {hint}")


class BadExpression(InputError):
    """Numbers of the wrong shape, range or type."""


class BadFile(InputError):
    """A data file (style, character, JSON) that does not say what it should."""


class NotALibrary(InputError):
    """A folder that holds no mien library, or one that a newer version wrote."""


class LibraryBusy(InputError):
    """Another process is writing to the library."""


class AddressInUse(InputError):
    """The port is taken."""


class ResourceError(MienError):
    """A weight or mesh is missing, damaged or cannot be fetched."""


class ResourceMissing(ResourceError):
    """Not fetched yet."""


class ChecksumMismatch(ResourceError):
    """Fetched, but not what the manifest promises."""


class FetchFailed(ResourceError):
    """No network, no such package, or no space."""
