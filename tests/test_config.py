"""feeds.yaml is read whole or refused whole; tests/config/<case>.yaml stands beside what is said of it."""

from __future__ import annotations

import os
import re
from dataclasses import make_dataclass
from pathlib import Path

import pytest

from tracker import config, platforms
from tracker.config import files, mistakes
from tracker.errors import ConfigError
from tracker.models import Source, Vendor

HERE = Path(__file__).parent
FEEDS = HERE.parent / "feeds.yaml"
CASES = sorted((HERE / "config").glob("*.yaml"))
PLATFORMS = ("bluesky", "feed", "google_cloud", "mastodon", "slack", "statuspage", "x")  # of these tests
PAID = ("x",)


def load(folder: Path, text: str | bytes) -> tuple[Vendor, ...]:
    path = folder / "feeds.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return config.load(path, PLATFORMS)


def source(folder: Path, fields: str, slug: str = "acme") -> Source:
    """The only source of a file whose one source has these fields."""
    (vendor,) = load(folder, f"vendors:\n  {slug}:\n    sources:\n      - {{{fields}}}\n")
    return vendor.sources[0]


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        config.load(path, PLATFORMS)
    return str(caught.value)


# --- what is wrong ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_mistake_is_named_with_its_line_and_the_right_word(case: Path) -> None:
    expected = case.with_suffix(".error.txt").read_text(encoding="utf-8")
    assert refusal(case).replace(str(case), case.name) == expected.removesuffix("\n")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_it_is_said_alike_where_libyaml_is_missing(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import yaml

    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    expected = case.with_suffix(".error.txt").read_text(encoding="utf-8")
    assert refusal(case).replace(str(case), case.name) == expected.removesuffix("\n")


def test_every_expected_error_has_its_case() -> None:
    assert [case.with_suffix(".error.txt") for case in CASES] == sorted((HERE / "config").glob("*.error.txt"))


def test_no_message_repeats_a_secret() -> None:
    for case in CASES:
        said = case.with_suffix(".error.txt").read_text(encoding="utf-8")
        assert "hunter2" not in said and "secretsecret" not in said and "lowercasesecret" not in said


def test_a_missing_file_points_to_init(tmp_path: Path) -> None:
    assert refusal(tmp_path / "feeds.yaml").endswith(
        "feeds.yaml: no such file; `tracker init` writes a starter, --feeds names another"
    )


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith("is a folder; name the file in it")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (path := tmp_path / "feeds.yaml").write_text("vendors: {}")
    path.chmod(0)
    assert "cannot be read: Permission denied" in refusal(path)


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    (path := tmp_path / "feeds.yaml").write_bytes(b"#" * (files.MAX_BYTES + 1))
    assert "larger than 1,000,000 bytes" in refusal(path)


def test_of_very_many_mistakes_the_first_are_told(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text("vendors:\n" + "".join(f"  acme-{number}: {{sources: 1}}\n" for number in range(20_000)))
    told = refusal(path).splitlines()
    assert len(told) == mistakes.MAX_TOLD + 1
    assert ":2: vendor acme-0: " in told[0]
    assert told[-1].endswith(" more")


# --- what is right ------------------------------------------------------------------------------------------


def test_a_source_with_all_its_keys(tmp_path: Path) -> None:
    found = source(
        tmp_path,
        "platform: feed, id: eu, url: https://acme.example/feed, every: 10m, timezone: Europe/Paris, "
        "components: [API, 2], token: $ACME_TOKEN, monthly_reads: 2_000, formerly: acme/feed, allow_private: true, "
        "silent: it is being moved",
    )
    assert found == Source(
        id="acme/eu",
        vendor="acme",
        platform="feed",
        url="https://acme.example/feed",
        every=600,
        timezone="Europe/Paris",
        components=("API", "2"),
        token="ACME_TOKEN",
        monthly_reads=2000,
        formerly="acme/feed",
        allow_private=True,
        silent="it is being moved",
    )


@pytest.mark.parametrize(
    ("written", "seconds"), [("30s", 30), ("10m", 600), ("2h", 7200), ("1d", 86_400), ("90", 90), ('"45"', 45)]
)
def test_intervals_are_seconds(tmp_path: Path, written: str, seconds: int) -> None:
    assert source(tmp_path, f"platform: slack, page: https://acme.example, every: {written}").every == seconds


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:8080/feed",
        '"https://[::1]:8080/feed"',
        "https://été.example/feed",
        "https://social.example/@acme",
        '"https://acme.example/feed?lang=en&x=1#top"',
    ],
)
def test_addresses_that_are_right_stay_as_they_are_written(tmp_path: Path, address: str) -> None:
    assert source(tmp_path, f"platform: feed, url: {address}").url == address.strip('"')


def test_words_that_yaml_would_take_for_other_things_stay_words(tmp_path: Path) -> None:
    found = source(tmp_path, "platform: x, account: 1e5", slug="no")
    assert (found.id, found.account) == ("no/x", "1e5")


def test_a_vendor_without_a_name_is_called_by_its_slug(tmp_path: Path) -> None:
    (vendor,) = load(tmp_path, "\ufeffvendors:\n  acme:\n    sources: [{platform: x, account: Acme}]\n")
    assert (vendor.name, vendor.homepage) == ("acme", None)


def test_a_second_source_of_a_platform_has_its_own_id(tmp_path: Path) -> None:
    (vendor,) = load(
        tmp_path,
        "vendors:\n  acme:\n    sources:\n      - {platform: x, account: Acme}\n"
        "      - {platform: x, account: AcmeHelp, id: help}\n",
    )
    assert [each.id for each in vendor.sources] == ["acme/x", "acme/help"]


def test_what_was_read_is_remembered_whole(tmp_path: Path) -> None:
    every = (
        "vendors:\n  acme:\n    name: Ácme\n    homepage: https://acme.example\n    sources:\n"
        "      - {platform: feed, url: http://10.0.0.1/rss, every: 10m, timezone: Europe/Paris, allow_private: true,"
        " components: [API, Web], formerly: https://old.example, id: rss}\n"
        "      - {platform: x, account: Acme, token: $ACME_TOKEN, monthly_reads: 20, silent: too dear}\n"
    )
    for vendors in (load(tmp_path, every), config.load(FEEDS, platforms.names())):
        assert config.loaded(config.dumped(vendors)) == vendors
        assert not re.search(r"null|false|\[\]|\"\"", config.dumped(vendors)), "only what somebody said"


def test_a_file_is_the_same_only_to_a_program_that_reads_it_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    digests = {config.digest(data, names) for data in (b"a", b"b") for names in (("feed",), ("feed", "x"))}
    for name, other in (("VERSION", "next"), ("Source", make_dataclass("Source", ["id"]))):
        monkeypatch.setattr(files, name, other)
        digests.add(config.digest(b"a", ("feed",)))
    assert len(digests) == 6, "of which no one is read as another"


# --- the files that we ship ---------------------------------------------------------------------------------


def free(vendor: Vendor) -> bool:
    return any(each.platform not in PAID and each.token is None and not each.silent for each in vendor.sources)


def test_feeds_yaml_holds_sixty_vendors_that_can_be_read_free() -> None:
    vendors = config.load(FEEDS, platforms.names())
    assert vendors[0].slug == "whatsapp"
    assert sum(free(vendor) for vendor in vendors) >= 60


def test_no_channel_of_feeds_yaml_is_listed_twice() -> None:
    addresses = [
        (each.platform, each.address) for vendor in config.load(FEEDS, platforms.names()) for each in vendor.sources
    ]
    assert len(addresses) == len(set(addresses))


def test_every_source_on_x_has_a_token_by_name_and_a_limit() -> None:
    for vendor in config.load(FEEDS, platforms.names()):
        for each in vendor.sources:
            if each.platform in PAID:
                assert each.token == "TRACKER_X_TOKEN" and each.monthly_reads


def test_the_starter_loads(tmp_path: Path) -> None:
    (tmp_path / "feeds.yaml").write_text(config.starter(), encoding="utf-8")
    vendors = config.load(tmp_path / "feeds.yaml", platforms.names())
    assert vendors[0].slug == "whatsapp"
    assert all(free(vendor) for vendor in vendors)
