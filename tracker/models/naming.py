"""What announcements and incidents are called: names, and ids that can be quoted."""

from __future__ import annotations

import base64
import hashlib

Name = tuple[str, str]  # (source, announcement id): how corrections, threads and steps name an announcement


def incident_id(vendor: str, member: Name) -> str:
    """An id from an announcement's name alone: no later fact can change it."""
    digest = hashlib.blake2b("\x00".join(member).encode("utf-8", "surrogatepass"), digest_size=7).digest()
    return f"{vendor}-{base64.b32encode(digest).decode('ascii').rstrip('=').lower()[:10]}"
