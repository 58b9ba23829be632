"""Drives as MinIO fills them, in folders of a test."""

from pathlib import Path
from uuid import UUID

DATA_DIR = "3a047f7a-a9ec-4bbf-a207-1174492eddd6"
OTHER_DIR = "71e5e972-bc36-44a0-be74-1badcab3436c"
BLOCK = 1000
"""How many bytes of an object are spread over the drives at a time."""
SPREAD = 2
"""Over how many, besides those of parity."""


def shard_size(size: int) -> int:
    """What a drive holds of a part of `size` bytes: of each block a checksum and its share."""
    blocks = [min(BLOCK, size - start) for start in range(0, size, BLOCK)]
    return sum(32 + -(-block // SPREAD) for block in blocks)


def pack(value: object) -> bytes:
    """In MessagePack."""
    match value:
        case bool() | None:
            return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
        case int():
            small = 0 <= value < 128
            return bytes([value]) if small else b"\xd3" + value.to_bytes(8, "big", signed=True)
        case str():
            return b"\xd9" + bytes([len(value)]) + value.encode("ascii")
        case bytes():
            return b"\xc6" + len(value).to_bytes(4, "big") + value
        case list():
            return b"\xdc" + len(value).to_bytes(2, "big") + b"".join(map(pack, value))
        case dict():
            pairs = (pack(key) + pack(one) for key, one in value.items())
            return bytes([0x80 + len(value)]) + b"".join(pairs)
    raise TypeError(type(value).__name__)


def pack_meta(
    times: tuple[int, ...],
    inline: bytes = b"",
    index: int = 1,
    parts: tuple[int, ...] = (),
    folder: str = DATA_DIR,
) -> bytes:
    """An xl.meta with a version for each of `times`; `index` is the drive's place in the set."""
    body = pack(3) + pack(3) + pack(len(times))
    for time in times:
        header = b"\x97\xc4\x10" + bytes(16) + b"\xd3" + time.to_bytes(8, "big") + b"\xc4\x04sign"
        body += b"\xc4" + bytes([len(header)]) + header
        body += pack(pack(_describe(inline, index, parts, folder)))
    data = b"\x01" + pack({"null": b"x" * shard_size(len(inline))}) if inline else b""
    return b"XL2 \x01\x00\x03\x00" + pack(body) + b"\xce0000" + data


def pack_marker() -> bytes:
    """An xl.meta whose only version is a delete marker."""
    meta = pack({"Type": 2, "DelObj": {"ID": bytes(16), "MTime": 1, "MetaSys": None}})
    body = pack(3) + pack(3) + pack(1) + pack(b"\x97" + b"i" * 27 + b"sign") + pack(meta)
    return b"XL2 \x01\x00\x03\x00" + pack(body) + b"\xce0000"


def _describe(inline: bytes, index: int, parts: tuple[int, ...], folder: str) -> object:
    sizes = [len(inline)] if inline else list(parts)
    version = {
        "ID": bytes(16),
        "DDir": UUID(folder).bytes,
        "EcM": SPREAD,
        "EcN": SPREAD,
        "EcBSize": BLOCK,
        "EcIndex": index,
        "PartNums": list(range(1, len(sizes) + 1)),
        "PartETags": None,
        "PartSizes": sizes,
        "MetaSys": {"x-minio-internal-inline-data": b"true"} if inline else None,
        "Size": sum(sizes),
    }
    return {"Type": 1, "V2Obj": version, "v": -1}


def store(
    drive: Path,
    key: str,
    parts: tuple[int, ...] = (),
    *,
    times: tuple[int, ...] = (1,),
    folder: str = DATA_DIR,
    inline: bytes = b"",
) -> Path:
    """An object in the bucket `files`, sent in parts of these sizes; the object's folder."""
    place = drive / "files" / key
    place.mkdir(parents=True, exist_ok=True)
    meta = pack_meta(times, inline, len(drive.name), parts, folder)
    (place / "xl.meta").write_bytes(meta)
    for number, size in enumerate(parts, 1):
        (place / folder).mkdir(exist_ok=True)
        (place / folder / f"part.{number}").write_bytes(b"x" * shard_size(size))
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
