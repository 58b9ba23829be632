"""Drives as MinIO fills them, in folders of a test."""

from pathlib import Path

DATA_DIR = "3a047f7a-a9ec-4bbf-a207-1174492eddd6"
OTHER_DIR = "71e5e972-bc36-44a0-be74-1badcab3436c"


def pack_meta(times: tuple[int, ...], inline: bytes = b"", index: int = 1) -> bytes:
    """An xl.meta with a version for each of `times`; `index` is the drive's place in the set."""
    body = b"\x03\x03" + bytes([len(times)])
    for time in times:
        header = b"\x97\xc4\x10" + bytes(16) + b"\xd3" + time.to_bytes(8, "big") + b"\xc4\x04sign"
        meta = bytes([0x83, index]) * 200
        body += b"\xc4" + bytes([len(header)]) + header
        body += b"\xc5" + len(meta).to_bytes(2, "big") + meta
    length = b"\xc6" + len(body).to_bytes(4, "big")
    return b"XL2 \x01\x00\x03\x00" + length + body + b"\xce0000" + inline


def store(
    drive: Path,
    key: str,
    parts: tuple[int, ...] = (),
    *,
    times: tuple[int, ...] = (1,),
    folder: str = DATA_DIR,
    inline: bytes = b"",
) -> Path:
    """An object in the bucket `files`, whose parts have these sizes; the object's folder."""
    place = drive / "files" / key
    place.mkdir(parents=True, exist_ok=True)
    (place / "xl.meta").write_bytes(pack_meta(times, inline, len(drive.name)))
    for number, size in enumerate(parts, 1):
        (place / folder).mkdir(exist_ok=True)
        (place / folder / f"part.{number}").write_bytes(b"x" * size)
    return place


def make_drives(root: Path, count: int = 4) -> dict[str, str]:
    """Empty drives that hold the bucket."""
    drives = {}
    for number in range(1, count + 1):
        drive = root / f"d{number}"
        (drive / "files").mkdir(parents=True)
        (drive / ".minio.sys" / "tmp" / ".trash").mkdir(parents=True)
        drives[f"minio/data{number}"] = str(drive)
    return drives
