"""When it was broken, as the words have it: spans of time in fifteen languages, and what is none."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import partial

import pytest

from tracker.assemble.prose import READ, Span, span

SAID_AT = datetime(2024, 3, 12, 16, 0, tzinfo=UTC)  # a Tuesday: 17:00 in Paris, 09:00 in Los Angeles, 01:00 in Tokyo
PARIS, BERLIN, ROME, MADRID = "Europe/Paris", "Europe/Berlin", "Europe/Rome", "Europe/Madrid"


def read(text: str, zone: str | None = None, *, ahead: bool = False, title: str | None = None) -> Span | None:
    return span(text, said_at=SAID_AT, zone=zone, ahead=ahead, title=title)


def shown(found: Span | None) -> str | None:
    """``11 22:40 – 12 01:15`` in UTC, ``?`` for an unknown edge."""
    if found is None:
        return None
    return " – ".join(f"{edge.astimezone(UTC):%d %H:%M}" if edge else "?" for edge in (found.start, found.end))


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("Between 14:05 and 15:10 UTC, customers saw errors.", None, "12 14:05 – 12 15:10"),
        ("İzmir: Between 14:05 and 15:10 UTC on March 11, customers saw errors.", None, "11 14:05 – 11 15:10"),
        ("On March 11, 2024, between 22:40 UTC and 01:15 UTC, builds failed.", None, "11 22:40 – 12 01:15"),
        ("From March 11, 22:40 UTC to March 12, 01:15 UTC builds failed.", None, "11 22:40 – 12 01:15"),
        ("Between 14:05 UTC on 11 March and 15:10 UTC on 12 March.", None, "11 14:05 – 12 15:10"),
        ("Between 2024-03-12T13:02:00Z and 2024-03-12T14:22:10Z", None, "12 13:02 – 12 14:22"),
        ("Start time: 2024-03-12 13:02 UTC. End time: 2024-03-12 14:22 UTC.", None, "12 13:02 – 12 14:22"),
        ("It began at 13:02 UTC and was resolved at 14:22 UTC.", None, "12 13:02 – 12 14:22"),
        ("Impact started 2024/03/11 at 20:01 UTC and ended 2024/03/12 at 14:55 UTC.", None, "11 20:01 – 12 14:55"),
        ("Logins failed from 13:33 UTC until full recovery at 14:04 UTC.", None, "12 13:33 – 12 14:04"),
        ("On 11 March starting at 22:45 UTC and ending on 12 March 00:48 UTC", None, "11 22:45 – 12 00:48"),
        ("Starting at 8:37 AM PDT, some pages do not load.", None, "12 15:37 – ?"),
        ("From 8:37 to 8:55 AM PDT pages did not load.", None, "12 15:37 – 12 15:55"),
        ("Between 3 and 4 PM EDT yesterday calls failed.", None, "11 19:00 – 11 20:00"),
        ("Calls failed between 22:40 and 1:15 AM UTC.", None, "11 22:40 – 12 01:15"),
        ("Calls failed tonight from 01:00 to 02:00 UTC.", None, "12 01:00 – 12 02:00"),
        ("Calls fail from 11 March 10:00 UTC until 14 March 10:00 UTC.", None, "11 10:00 – 14 10:00"),
        ("Calls fail from 03:48AM UTC on 03/11.", None, "11 03:48 – ?"),
        ("On 11/03 calls failed from 13:00 to 14:10 UTC.", None, "11 13:00 – 11 14:10"),
        ("Calls failed between 1:02pm 12/03 UTC - 2:10pm 12/03 UTC.", None, "12 13:02 – 12 14:10"),
        ("Between 5:02 AM and 5:10 AM PDT, and again between 5:40 AM and 6:05 AM PDT", None, "12 12:02 – 12 13:05"),
        ("From 13:02 to 13:10 UTC, from 13:20 to 13:40, and then from 13:50 to 14:05", None, "12 13:02 – 12 14:05"),
        ("Between 23:10 and 23:50 UTC on 11 March, and between 00:20 and 00:40 UTC", None, "11 23:10 – 12 00:40"),
        ("Calls failed from 13:02 to 13:10 UTC. From 13:40 to 14:05 UTC they were slow.", None, "12 13:02 – 12 13:10"),
        ("Between 13:02 and 13:10 UTC, and between 3 and 5 minutes more for some", None, "12 13:02 – 12 13:10"),
        ("Calls failed from 13:05 AM to 14:10 AM UTC.", None, "12 13:05 – 12 14:10"),
        ("Grève de 6h à 9h et de 16h à 19h", PARIS, "12 05:00 – 12 08:00"),
        ("Calls fail since 5 AM on March 12th PDT, as far as we know.", None, "12 12:00 – ?"),
        ("Calls failed from 4PM yesterday to 1:30 AM today PT.", None, "11 23:00 – 12 08:30"),
        ("Calls failed from 11:59PM Sunday, March 10th to 4AM Monday, March 11th UTC.", None, "10 23:59 – 11 04:00"),
        ("This started on 2024-03-11 15:10 UTC.", None, "11 15:10 – ?"),
        ("Calls fail, beginning on Tuesday, 2024-03-12 08:40 PDT.", None, "12 15:40 – ?"),
        ("Starting Monday, March 11 at 10:00 UTC, calls fail.", None, "11 10:00 – ?"),
        ("Calls fail, beginning at Tuesday, 2024-03-12 08:40 US/Pacific.", None, "12 15:40 – ?"),
        ("Exports stand still since Mon, 11 Mar 2024 15:10 UTC.", None, "11 15:10 – ?"),
        ("Start Time: March  1, 2024 00:12 UTC", None, "01 00:12 – ?"),
        ("Failing between Mon, March 11th at 22:40 UTC and Tue, March 12th at 01:15 UTC.", None, "11 22:40 – 12 01:15"),
        ("Between Tuesday, 2024-03-12, 04:36 and 06:45 PDT, calls failed.", None, "12 11:36 – 12 13:45"),
        ("Calls failed between 9:36 AM UTC & 11:40 AM UTC.", None, "12 09:36 – 12 11:40"),
        ("The issue with calls was resolved for all users as of Tuesday, 2024-03-12 07:45 PDT.", None, "? – 12 14:45"),
        ("We have mitigated the trouble with calls in zone 4 at 14:45 UTC.", None, "? – 12 14:45"),
        ("We mitigated this by a rollback of calls and texts at 14:45 UTC.", None, "? – 12 14:45"),
        ("Coupé entre le lundi 11 mars à 22h40 et le mardi 12 mars à 1h15.", PARIS, "11 21:40 – 12 00:15"),
        ("It started Sunday March 10 11pm PT and was resolved on Tuesday March 12 3am.", None, "11 06:00 – 12 10:00"),
        ("Depuis le 11/03 à 14h30, le réseau est indisponible.", PARIS, "11 13:30 – ?"),
        ("Calls failed between 1:02pm - 2:10pm UTC.", None, "12 13:02 – 12 14:10"),
        ("Since around 13:02 (UTC+1) the shop is slow.", None, "12 12:02 – ?"),
        ("Since around 09:32 (UTC-3:30) the shop is slow.", None, "12 13:02 – ?"),
        ("Between 23:50 and 00:20 UTC last night uploads failed.", None, "11 23:50 – 12 00:20"),
        ("Depuis 14h30, le réseau est indisponible.", PARIS, "12 13:30 – ?"),
        ("Entre 14h05 et 15h10 (CET), le service était lent.", None, "12 13:05 – 12 14:10"),
        ("Hier, de 14h à 15h30, l'accès était coupé.", PARIS, "11 13:00 – 11 14:30"),
        ("Start: 11.03.2024 14:05 CET\nEnde: 11.03.2024 15:10 CET", None, "11 13:05 – 11 14:10"),
        ("Am 11.03.2024 von 14:05 bis 15:10 Uhr war das Portal gestört.", BERLIN, "11 13:05 – 11 14:10"),
        ("Date: Mar. 11, 2024 8:00 to 11:00 (GMT)", None, "11 08:00 – 11 11:00"),
        ("Dienstag, 12. März 2024 02:00 bis 04:00 Uhr", BERLIN, "12 01:00 – 12 03:00"),
        ("Van maandag 11 maart 05:00 uur t/m dinsdag 12 maart 06:30 uur", "Europe/Amsterdam", "11 04:00 – 12 05:30"),
        ("일시: 2024년 3월 11일 02:00 ~ 05:00", "Asia/Seoul", "10 17:00 – 10 20:00"),
        ("Seit 14 Uhr ist das Portal gestört.", BERLIN, "12 13:00 – ?"),
        ("Von 14.05 bis 15.10 Uhr war das Portal gestört.", BERLIN, "12 13:05 – 12 14:10"),
        ("Gestern von 22 Uhr bis 23:30 Uhr gab es eine Störung.", BERLIN, "11 21:00 – 11 22:30"),
        ("Entre las 14:05 y las 15:10 h hubo errores.", MADRID, "12 13:05 – 12 14:10"),
        ("Desde las 14:30 la app no funciona.", MADRID, "12 13:30 – ?"),
        ("Dalle ore 14:30 il servizio è lento.", ROME, "12 13:30 – ?"),
        ("Dalle 14:05 alle 15:10 il servizio era lento.", ROME, "12 13:05 – 12 14:10"),
        ("Entre as 14h05 e as 15h10 houve falhas.", "Europe/Lisbon", "12 14:05 – 12 15:10"),
        ("Tussen 14:05 en 15:10 uur was er een storing.", "Europe/Amsterdam", "12 13:05 – 12 14:10"),
        ("Des de les 14:30 no hi ha servei.", MADRID, "12 13:30 – ?"),
        ("3月12日14時05分から15時10分まで障害が発生しました。", "Asia/Tokyo", "12 05:05 – 12 06:10"),
        ("午前9時37分頃から障害が発生しています。", "Asia/Tokyo", "12 00:37 – ?"),
        ("午後2時半から障害が発生しています。", "Asia/Tokyo", "12 05:30 – ?"),
        ("日本時間14:05から15:10の間、障害が発生しました。", None, "12 05:05 – 12 06:10"),
        ("13시 22분부터 로그인이 되지 않습니다.", "Asia/Seoul", "12 04:22 – ?"),
        ("오후 1시 30분경 발생한 오류는 14시 35분에 복구되었습니다.", "Asia/Seoul", "? – 12 05:35"),
        ("(PST) 오전 5시부터 오전 6시 10분까지 느렸습니다.", "Asia/Seoul", "12 12:00 – 12 13:10"),
        ("自3月11日15:05起，邮件发送缓慢。", "Asia/Shanghai", "11 07:05 – ?"),
        ("邮件已于3月12日16:20恢复。", "Asia/Shanghai", "? – 12 08:20"),
        ("邮件已在 16:20 完全恢复（北京时间 11:00 起变慢）", "Asia/Shanghai", "12 03:00 – ?"),
        ("Between UTC 13:00 and 14:10 calls failed.", PARIS, "12 13:00 – 12 14:10"),
        ("In de wijk is sinds 14:05 weer stroom, alles is weer terug sinds 15:10.", BERLIN, "12 13:05 – 12 14:10"),
        ("Der Strom in der Neustadt ist seit 15:10 Uhr wieder da.", BERLIN, "? – 12 14:10"),
        ("Die Lampen sind seit 15:10 Uhr wieder dauerhaft aus.", BERLIN, "12 14:10 – ?"),
        ("Die Störung ist seit 15:10 Uhr leider wieder da.", BERLIN, "12 14:10 – ?"),
        ("Seit 15:10 Uhr ist der Fehler wieder da.", BERLIN, "12 14:10 – ?"),
        ("Das Problem ist wieder da seit 15:10 Uhr.", BERLIN, "12 14:10 – ?"),
        ("De storing is sinds 15:10 weer terug.", BERLIN, "12 14:10 – ?"),
        ("Er is sinds 15:10 weer terugkerende ruis.", BERLIN, "12 14:10 – ?"),
        ("14시 35분에 복구 작업을 시작했습니다.", "Asia/Seoul", None),
        ("14시 35분에 복구될 예정입니다.", "Asia/Seoul", None),
        ("邮件16:20恢复中，请稍候。", "Asia/Shanghai", None),
        ("The fix will begin at 14:50 UTC.", None, None),
        ("Begin: 2024-03-12 14:50 UTC", None, "12 14:50 – ?"),
        ("発生日時\n2024年3月12日 5:51頃 〜 6:45頃（UTC+9）\n原因", None, "11 20:51 – 11 21:45"),
        ("期間：2024年3月12日（火）14:05頃～15:10頃", "Asia/Tokyo", "12 05:05 – 12 06:10"),
        ("Impact occurred from 14∶05 to 15∶10 UTC.", None, "12 14:05 – 12 15:10"),
        ("Das 9h às 11h30 (horário de Brasília), o acesso falhou.", None, "12 12:00 – 12 14:30"),
        ("De 14:05 a 15:10 (hora peninsular) la web no respondía.", None, "12 13:05 – 12 14:10"),
        ("Den 11 mars 2024 kl. 14.05–15.10 låg butiken nere.", "Europe/Stockholm", "11 13:05 – 11 14:10"),
        ("Butiken låg nere mellan kl. 14:05 och kl. 15:10.", "Europe/Stockholm", "12 13:05 – 12 14:10"),
        ("11. marts 2024 kl. 14:05 til 15:10 var butikken nede.", "Europe/Copenhagen", "11 13:05 – 11 14:10"),
        ("Butiken låg nere mellan kl. 14.05 och 15.10.", "Europe/Stockholm", "12 13:05 – 12 14:10"),
        ("Butikken var nede fra kl. 14.05 til kl. 15.10.", "Europe/Copenhagen", "12 13:05 – 12 14:10"),
        ("11 marca 2024 od 14:05 do 15:10 sklep nie działał.", "Europe/Warsaw", "11 13:05 – 11 14:10"),
        ("Od 14:05 do 15:10 z powodu awarii sklep nie działał.", "Europe/Warsaw", "12 13:05 – 12 14:10"),
        ("Sklep nie działał od 14:05 do 15:10z.", "Europe/Warsaw", "12 14:05 – 12 15:10"),
        ("W dniu 11.03.2024 w godz. 14:05-15:10 sklep nie działał.", "Europe/Warsaw", "11 13:05 – 11 14:10"),
        ("11 марта 2024 с 14:05 до 15:10 (МСК) магазин не открывался.", None, "11 11:05 – 11 12:10"),
        ("2024年3月12日14:05起，商店无法打开。", "Asia/Shanghai", "12 06:05 – ?"),
        ("2024年3月12日14时05分起，商店无法打开。", "Asia/Shanghai", "12 06:05 – ?"),
        ("発生日時：2024年3月12日 14時05分 - 継続中", "Asia/Tokyo", "12 05:05 – ?"),
        ("Pedidos normalizados em Porto às 14h20.", "Europe/Lisbon", "? – 12 14:20"),
        ("El acceso fue restablecido a las 15:20.", MADRID, "? – 12 14:20"),
        ("Il portale è stato ripristinato alle 15:20.", ROME, "? – 12 14:20"),
        ("De storing is om 15:20 uur verholpen.", "Europe/Amsterdam", "? – 12 14:20"),
        ("Die Störung wurde gegen 15:20 Uhr behoben.", BERLIN, "? – 12 14:20"),
        ("Die Störung soll gegen 15:20 Uhr behoben sein.", BERLIN, None),
        ("Die Störung war um 15:20 Uhr noch nicht behoben.", BERLIN, None),
        ("De storing is om 15:20 uur deels hersteld.", "Europe/Amsterdam", None),
        ("Ainda não normalizado em Porto às 14h20.", "Europe/Lisbon", None),
        ("La connexion est rétablie à 15h20.", PARIS, "? – 12 14:20"),
    ],
)  # fmt: skip
def test_a_span_is_read(text: str, zone: str | None, expected: str) -> None:
    assert shown(read(text, zone)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "We saw 3 and 5 errors, from 200 to 500 users.",
        "Uptime went from 99.95 to 99.99% since 2019.",
        "Since version 14.05 this does not happen.",
        "Ports from 8:80 to 10 are open.",
        "Error 503 since the deploy.",
        "Between 45:10 and 46:99 UTC nothing happened.",
        "Posted Mar 12, 2024 - 01:04 PM UTC",
        "From 3 errors we went 100 to 02:00 UTC.",
        "Everything was fine at 13:00 UTC.",
        "Vi skriver igen kl. 14:05 og 15:10.",
        "Vi skriver igen kl. 14.05 og 15.10.",
        "Kolejne informacje o godz. 14:05 i 15:10.",
        "",
    ],
)
def test_a_number_is_no_time(text: str) -> None:
    assert read(text, "UTC") is None


@pytest.mark.parametrize(
    "text",
    [
        "The trouble that we fixed this morning started again at 13:00 UTC.",
        "The calls that were resolved yesterday failed again at 13:00 UTC.",
        "Fixed for some, but we look at what happened at 13:00 UTC.",
        "Resolved\nNext update at 13:00 UTC",
        "Cases resolved since 13:00 UTC may come up again.",
        "13:00 (UTC)より前のログは失われました。",
    ],
)
def test_what_is_told_after_a_repair_is_not_when_it_was_repaired(text: str) -> None:
    assert read(text) is None


def test_planned_hours_are_of_the_day_that_the_title_names() -> None:
    told = partial(span, "We change a router between 02:00 and 04:00 UTC.", said_at=SAID_AT)
    assert shown(told(title="Router works, Wednesday 20 March", ahead=True)) == "20 02:00 – 20 04:00"
    assert shown(told(title="Wartung: Router (Mi., 20.03.2024)", ahead=True)) == "20 02:00 – 20 04:00"
    assert told(title="Router works on 20 March and 27 March", ahead=True) is None
    assert told(title="Router works", ahead=True) is None
    assert shown(told(title="Router works, Wednesday 20 March")) == "12 02:00 – 12 04:00", (
        "of an outage it may be another"
    )
    day_named = partial(span, "On 21 March we work between 02:00 and 04:00 UTC.", said_at=SAID_AT, ahead=True)
    assert shown(day_named(title="Router works, 20 March")) == "21 02:00 – 21 04:00"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Calls have been working normally since 14:20 UTC.", "? – 12 14:20"),
        ("Calls failed from 13:02 UTC on. They are back to normal since about 14:20 UTC.", "12 13:02 – 12 14:20"),
        ("Calls have been stable since March 12, 14:20 UTC. They failed since 13:02 UTC.", "12 13:02 – ?"),
        ("Le réseau fonctionne normalement depuis 14h20 (UTC).", "? – 12 14:20"),
        ("Das Portal ist seit 14:20 Uhr (UTC) wieder stabil.", "? – 12 14:20"),
        ("La app funciona con normalidad desde las 14:20 UTC.", "? – 12 14:20"),
        ("Calls have been available again since 14:20 UTC.", "? – 12 14:20"),
        ("Seit 14:20 Uhr (UTC) sind alle Orte wieder versorgt.", "? – 12 14:20"),
        ("De winkel is sinds 14:20 uur (UTC) weer bereikbaar.", "? – 12 14:20"),
        ("La boutique est de nouveau accessible depuis 14h20 (UTC).", "? – 12 14:20"),
        ("La tienda vuelve a estar disponible desde las 14:20 UTC.", "? – 12 14:20"),
        ("Il negozio è di nuovo raggiungibile dalle 14:20 (UTC).", "? – 12 14:20"),
        ("El campus torna a estar disponible des de les 14:20 (UTC).", "? – 12 14:20"),
        ("Sedan kl. 14:20 UTC fungerar allt som vanligt igen.", "? – 12 14:20"),
        ("Sedan kl. 14:20 UTC saknar 1 200 kunder el.", "12 14:20 – ?"),
        ("Seit 14:20 Uhr (UTC) sind nur wenige Orte wieder versorgt.", None),
        ("Ligne rétablie depuis 14h20 (UTC).", "? – 12 14:20"),
        ("Connexions restablertes des de les 14:20 (UTC).", "? – 12 14:20"),
        ("Appen fungerar inte som vanligt sedan kl. 14:20 UTC.", "12 14:20 – ?"),
        ("Siden kl. 14:20 UTC virker appen ikke som normalt.", "12 14:20 – ?"),
        ("Seit 14:20 Uhr (UTC) versuchen wir die Anlage wieder in Betrieb zu nehmen.", "12 14:20 – ?"),
        ("Sinds 14:20 uur (UTC) proberen wij de winkel weer online te krijgen.", "12 14:20 – ?"),
        ("La incidencia está activa de nuevo desde las 14:20 UTC.", "12 14:20 – ?"),
        ("L'incidente è di nuovo attivo dalle 14:20 (UTC).", "12 14:20 – ?"),
        ("The incident is open again since 14:20 UTC.", "12 14:20 – ?"),
        ("The office had problems and is open again since 14:20 UTC.", "? – 12 14:20"),
        ("Some calls are available again since 14:20 UTC.", None),
        ("Calls have been unavailable since 14:20 UTC.", "12 14:20 – ?"),
        ("Calls have not been working normally since 14:20 UTC.", "12 14:20 – ?"),
        ("Le réseau ne fonctionne plus normalement depuis 14h20 (UTC).", "12 14:20 – ?"),
        ("Das Portal ist seit 14:20 Uhr (UTC) nicht wieder stabil.", "12 14:20 – ?"),
        ("Calls fail again since 14:20 UTC.", "12 14:20 – ?"),
        ("Error rates are higher than normal since 14:20 UTC.", "12 14:20 – ?"),
        ("Customers cannot pay or are unable to work normally since 14:20 UTC.", "12 14:20 – ?"),
        ("Orders placed online since 14:20 UTC are late.", "12 14:20 – ?"),
        ("All systems online since 14:20 UTC.", "? – 12 14:20"),
        ("All has been resolved since 14:20 UTC, mails may still be late.", "? – 12 14:20"),
        ("Calls work normally since 14:20 UTC. Will look at it again tomorrow.", "? – 12 14:20"),
        ("Texts: operational\nSince 14:20 UTC calls fail.", "12 14:20 – ?"),
    ],
)
def test_what_is_well_since_then_was_broken_until_then(text: str, expected: str) -> None:
    assert shown(read(text)) == expected


def test_without_a_zone_nothing_is_known() -> None:
    assert read("Depuis 14h30, le réseau est indisponible.") is None
    assert read("Since 09:00 IST the site is down.") is None, "three countries call their time so"
    assert shown(read("Since 09:00 IST the site is down.", "Asia/Kolkata")) == "12 03:30 – ?"


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("Depuis 14h30 est constatée une panne du réseau.", PARIS, "12 13:30 – ?"),
        ("L'incident qui durait depuis 14h30 et touchait la région est clos.", PARIS, "12 13:30 – ?"),
        ("Des de les 14:30 est lent.", MADRID, "12 13:30 – ?"),
        ("Depuis 14h30 est constatée une panne du réseau.", None, None),
        ("Calls failed from 08:37 to 08:55 EST.", PARIS, "12 12:37 – 12 12:55"),
        ("Calls failed from 8:37 to 8:55 am est.", None, "12 12:37 – 12 12:55"),
    ],
)
def test_a_small_word_is_no_zone(text: str, zone: str | None, expected: str | None) -> None:
    found = read(text, zone)
    assert (found and shown(found)) == expected


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("On March 12th, 2024, at 13:02 UTC, a change broke calls. Fixed at 14:22 UTC.", None, "12 13:02 – 12 14:22"),
        ("On 12 March 2024, at approximately 13:02 UTC, calls failed.", None, "12 13:02 – ?"),
        ("At 1:02pm PDT on Monday, Mar 11, 2024, a flag made calls fail.", None, "11 20:02 – ?"),
        ("Am 11. März um 14:30 Uhr fiel das Portal aus.", BERLIN, "11 13:30 – ?"),
        ("Le 11 mars à 14h30, le réseau est tombé.", PARIS, "11 13:30 – ?"),
        ("On March 11 2024 12:00 UTC - 3/12/2024 calls failed.", None, "11 12:00 – ?"),  # no zone two hours from UTC
        (
            "On 12 March at 09:02 UTC calls broke. Some recovered by 10:20, all were fixed by 14:22.",
            None,
            "12 09:02 – 12 14:22",
        ),
        ("At 13:02 UTC we rolled it back.", None, None),
        ("We rolled it back on March 12 at 13:02 UTC.", None, None),
    ],
)
def test_a_text_opens_with_the_moment_at_which_it_began(text: str, zone: str | None, expected: str | None) -> None:
    """Where it is known of which outage it speaks; of several ends it is the one of this outage."""
    found = span(text, said_at=SAID_AT, zone=zone, since=datetime(2024, 3, 12, 13, 10, tzinfo=UTC))
    assert (found and shown(found)) == expected


def test_of_an_unknown_outage_the_moment_by_which_a_text_opens_is_not_the_beginning() -> None:
    assert read("On 12 March 2024, at 13:02 UTC, calls failed.") is None


def test_a_forecast_is_no_window() -> None:
    assert read("It will be back from 18:00 to 19:00 UTC.") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Maintenance on 14 March from 22:00 to 02:00 UTC", "14 22:00 – 15 02:00"),
        ("Maintenance from 20:00 to 22:00 UTC on Thursday, March 14th", "14 20:00 – 14 22:00"),
        ("Travaux de 20h à 22h (UTC) le jeudi 14 mars", "14 20:00 – 14 22:00"),
        ("Wartung von 20:00 bis 22:00 UTC am Donnerstag, 14. März", "14 20:00 – 14 22:00"),
        ("Servers will be down tomorrow from 09:00 to 11:00 UTC for the 4.2 update.", "13 09:00 – 13 11:00"),
        ("Travaux demain de 23h à 1h (UTC)", "13 23:00 – 14 01:00"),
        ("No dia 14/03/2024, das 02h00 às 05h00 (horário oficial de Brasília)", "14 05:00 – 14 08:00"),
        ("明日22:00から23:30 (UTC)までメンテナンスを実施します。", "13 22:00 – 13 23:30"),
        ("2024년 3월 14일(목) 오후 10시부터 15일 오전 2시까지 점검합니다. (UTC)", None),
        ("UTC 3월 14일(목) 22:00부터 23:30 (UTC)까지 점검합니다.", "14 22:00 – 14 23:30"),
        ("定于2024年3月14日（周四）UTC 22:00至24:00维护系统。", "14 22:00 – 15 00:00"),
        ("3月14日（星期四）下午10点到11点30分（UTC）维护系统。", "14 22:00 – 14 23:30"),
        ("Van 14 maart 22:00 uur tot en met 15 maart 2:00 uur (UTC) rijden er bussen.", "14 22:00 – 15 02:00"),
        ("Begin: 2024-03-14 22:00 UTC\nEnd: 2024-03-15 02:00 UTC", "14 22:00 – 15 02:00"),
        ("On March 14 from 10 PM UTC to 11:30", "14 22:00 – 14 23:30"),
        ("On March 14 from 10 PM UTC to 2:30", "14 22:00 – 15 02:30"),
        ("Scheduled window: 2024-03-14 22:00 UTC → 2024-03-15 02:00 UTC.", "14 22:00 – 15 02:00"),
        ("2024-03-14T22:00:00Z - 2024-03-15T02:00:00Z", "14 22:00 – 15 02:00"),
        ("Thu 14 March, 22:00 UTC – Fri 15 March, 02:00 UTC", "14 22:00 – 15 02:00"),
        ("March 14, 2024 at 10:00 PM UTC - March 15, 2024 at 2:00 AM UTC", "14 22:00 – 15 02:00"),
        ("Dal 14 marzo alle 22:00 al 16 marzo alle 2:00 (UTC) la linea devia.", "14 22:00 – 16 02:00"),
        ("Del 14 de marzo a las 22:00 al 16 de marzo a las 2:00 (UTC)", "14 22:00 – 16 02:00"),
        ("Du 14 mars à 22h au 16 mars à 2h (UTC), la ligne est coupée.", "14 22:00 – 16 02:00"),
        ("Do dia 14/03/2024 às 22h até o dia 16/03/2024 às 2h (UTC)", "14 22:00 – 16 02:00"),
        ("Vom 14.03.2024, 22:00 Uhr bis zum 16.03.2024, 2:00 Uhr (UTC)", "14 22:00 – 16 02:00"),
        ("Od 14 marca 2024 godz. 22:00 do 16 marca 2024 godz. 2:00 (UTC)", "14 22:00 – 16 02:00"),
        ("The steps:\n- 2024-03-14 22:00 UTC\n- 2024-03-15 02:00 UTC", None),
        ("Del 5 al 14 de marzo a las 10:00 horas (UTC)", None),
        ("Van 5 tot 14 maart 10:00 uur (UTC)", "? – 14 10:00"),
    ],
)
def test_planned_work_lies_ahead(text: str, expected: str | None) -> None:
    assert shown(read(text, ahead=True)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The load balancers are renewed between 18:00 and 20:00 UTC.", None),
        ("Each night from 01:00 to 03:00 UTC", None),
        ("It was done today from 14:00 to 15:00 UTC", "12 14:00 – 12 15:00"),
        ("The load balancers are renewed from 18:00 to 20:00 UTC tonight.", "12 18:00 – 12 20:00"),
    ],
)
def test_planned_work_at_an_hour_is_of_a_day_that_nobody_named(text: str, expected: str | None) -> None:
    """It is announced days before: of the hours without a day most were not of the day of the post."""
    found = read(text, ahead=True)
    assert (found and shown(found)) == expected


def test_what_is_planned_for_tonight_was_not_last_night() -> None:
    assert read("We will be away tonight from 22:00 to 22:20 UTC.") is None


def test_a_night_goes_on_after_midnight() -> None:
    """Where the vendor's evening is the next day in UTC. What began an hour ago is of today."""
    assert shown(read("We will be away tonight from 04:00 to 05:20 UTC.", ahead=True)) == "13 04:00 – 13 05:20"
    assert shown(read("We will be away today from 04:00 to 05:20 UTC.", ahead=True)) == "12 04:00 – 12 05:20"
    begun = read("We are away tonight from 15:00 to 17:20 UTC.", ahead=True)
    assert shown(begun) == "12 15:00 – 12 17:20"


def test_planned_work_may_name_its_hours_in_its_title_alone() -> None:
    title = "Release 4 on Wednesday 20 March, 08:00 to 10:00 UTC"
    assert shown(read("The shop is closed meanwhile.", title=title, ahead=True)) == "20 08:00 – 20 10:00"
    assert shown(read("From 9:00 to 9:30 UTC the shop is closed.", title=title, ahead=True)) == "20 09:00 – 20 09:30"
    assert read("The shop is closed meanwhile.", title=title) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Logins failed between 10:05 and 11:40 UTC, and again between 13:02 and 14:20 UTC.", "12 13:02 – 12 14:20"),
        ("Between 12:05 and 12:35 UTC one login in ten failed.", "12 12:05 – 12 12:35"),
        ("Most logins had recovered by 11:40 UTC. Here the rest was fully resolved by 14:20 UTC.", "? – 12 14:20"),
        ("The first fix held until 11:40 UTC.", None),
    ],
)
def test_of_several_spans_it_is_the_one_of_this_outage(text: str, expected: str | None) -> None:
    assert shown(span(text, said_at=SAID_AT, since=datetime(2024, 3, 12, 13, 10, tzinfo=UTC))) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Logins failed from 2:05 UTC to 3:40 UTC.", "12 14:05 – 12 15:40"),
        ("Between 01:05 and 02:50 UTC logins failed.", "12 13:05 – 12 14:50"),
        ("Between 6:20 and 7:15 PT logins failed.", "12 13:20 – 12 14:15"),  # 09:00 at the place: no afternoon yet
        ("Logins failed from 2:05 AM UTC to 3:40 AM UTC.", "12 02:05 – 12 03:40"),
        ("Logins failed from 00:05 UTC to 3:40 UTC.", "12 00:05 – 12 03:40"),
        ("Between 11:05 and 13:05 UTC logins failed.", "12 11:05 – 12 13:05"),
        ("Between 4:30 and 5:40 UTC logins failed.", "12 04:30 – 12 05:40"),  # 16:30 is still to come
        ("Between 12:20 and 12:50 UTC logins failed.", "12 12:20 – 12 12:50"),
        ("Logins failed from 10 March 3:00 UTC to 12 March 4:00 UTC.", "10 03:00 – 12 04:00"),
        ("Between 2:05 and 3:40 UTC a first part failed, between 13:20 and 14:00 UTC all.", "12 13:20 – 12 14:00"),
    ],
)
def test_hours_that_were_over_before_it_was_spoken_of_are_twelve_hours_later(text: str, expected: str) -> None:
    """Where neither am nor pm is said, and only that reaches into that time."""
    assert shown(span(text, said_at=SAID_AT, since=datetime(2024, 3, 12, 13, 10, tzinfo=UTC))) == expected


def test_a_day_without_year_is_the_last_one_before_the_post() -> None:
    found = span("On December 30 between 10:00 and 11:00 UTC", said_at=datetime(2024, 1, 2, tzinfo=UTC))
    assert found is not None and found.start == datetime(2023, 12, 30, 10, tzinfo=UTC)


@pytest.mark.parametrize("day", ["31 December 9999", "1 January 0001"])
def test_a_day_of_another_age_is_none(day: str) -> None:
    assert span(f"From {day} 23:00 to 22:00 UTC", said_at=SAID_AT, ahead=True) is None


def test_a_day_that_may_be_two_is_not_guessed() -> None:
    """03/04/2024 is in March or in April."""
    assert read("On 03/04/2024 between 10:00 and 11:00 UTC") is None
    assert read("03/04/2024 10:00-11:00 hrs UTC") is None
    assert shown(read("No dia 09/03/2024, das 02h às 04h UTC, o acesso falhou.")) == "09 02:00 – 09 04:00"
    assert shown(read("Am 09/03/2024 von 2 Uhr bis 4 Uhr UTC gestört")) == "09 02:00 – 09 04:00"
    assert shown(read("On 25/02/2024 between 10:00 and 11:00 UTC")) == "25 10:00 – 25 11:00"


@pytest.mark.parametrize(
    "text",
    [
        "Calls fail since 13:00 UTC on 08/10.",  # of a month that is long past, in both orders
        "Calls fail since 13:00 UTC on 30/02.",
        "Calls fail since 13:00 UTC+30.",
        "Calls failed between 11 March 10:00 UTC and 10 March 09:00 UTC.",
        "Calls failed between 2 January 10:00 UTC and 11 March 09:00 UTC.",
    ],
)
def test_what_is_not_understood_is_not_today(text: str) -> None:
    assert read(text) is None


def test_a_day_in_digits_that_may_be_two_of_these_weeks_is_not_guessed() -> None:
    text = "Calls fail since 13:00 UTC on 03/02."
    assert shown(span(text, said_at=datetime(2024, 3, 20, tzinfo=UTC))) == "02 13:00 – ?"
    assert span(text, said_at=datetime(2024, 3, 3, tzinfo=UTC)) is None


@pytest.mark.parametrize("text", ["3月2日13:00から障害が発生しています。", "일시: 3월 2일 13:00 ~ 15:00"])
def test_where_the_month_is_named_the_day_is_known_though_both_orders_are_near(text: str) -> None:
    found = span(text, said_at=datetime(2024, 3, 3, tzinfo=UTC), zone="UTC")
    assert found is not None and found.start == datetime(2024, 3, 2, 13, tzinfo=UTC)


def test_its_words_are_quoted() -> None:
    found = read("Sorry! Between 14:05 and\n15:10 UTC, uploads failed.")
    assert found is not None and (found.words, found.zone) == ("Between 14:05 and 15:10 UTC", "as written")


@pytest.mark.parametrize(
    "piece",
    [
        "from ",
        "between 1:00 ",
        "1:00-",
        "de de ",
        "から",
        "오전 1:00부터 ",
        "utc 1:00 至",
        "since at at ",
        "2024-01-01 ",
        "from 1:00 to about ",
        "from mon ",
        "fixed as of ",
        "stable since 1:00 ",
        "seit 1:00 wieder ",
        "om 1:00 uur ",
        "normalizado em as ",
    ],
)
def test_hostile_texts_take_no_time(piece: str) -> None:
    began = time.process_time()
    read(piece * (READ // len(piece)) + " 1:00 から", "UTC")
    assert time.process_time() - began < 1


def test_of_hundreds_of_hours_that_were_over_before_it_only_the_first_are_followed_to_their_end() -> None:
    began = time.process_time()
    found = span("from 1h to 2h, " * (READ // 15), said_at=SAID_AT, zone="UTC", since=SAID_AT)
    assert shown(found) == "12 01:00 – 12 02:00"
    assert time.process_time() - began < 0.3
