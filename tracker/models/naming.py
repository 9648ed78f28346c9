"""What an incident is called by: an id that can be quoted."""

from __future__ import annotations

import base64
import hashlib


def incident_id(vendor: str, member: tuple[str, str]) -> str:
    """An id from an announcement's name (source, id) alone: no later fact can change it."""
    digest = hashlib.blake2b("\x00".join(member).encode("utf-8", "surrogatepass"), digest_size=7).digest()
    return f"{vendor}-{base64.b32encode(digest).decode('ascii').rstrip('=').lower()[:10]}"
