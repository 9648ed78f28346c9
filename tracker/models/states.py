"""The states of outages and of planned work as status pages write them in languages other than English."""

from __future__ import annotations

from tracker.models.verdicts import Phase

STATES_ABROAD: dict[Phase, tuple[str, ...]] = {  # the ends are those in the languages of Cachet and cState
    Phase.OUTAGE_START: (
        "enquête en cours", "untersuchung", "wird untersucht", "investigando", "in indagine", "em investigação",
        "onderzoeken", "調査中",
    ),
    Phase.UPDATE: (
        "identifié", "surveillance", "identifiziert", "überwachung", "wird überwacht", "identificado", "supervisando",
        "monitoreando", "identificato", "monitoraggio", "monitorando", "geïdentificeerd", "monitoren", "監視中",
    ),
    Phase.RESOLVED: (
        "behoben", "gelöst", "résolu", "corrigé", "clos", "clôturé", "resuelto", "solucionado", "risolto", "resolvido",
        "corrigido",
        "resolt", "opgelost", "löst", "løst", "rozwiązano", "rozwiązane", "vyřešeno", "rezolvat", "решено", "вирішено",
        "çözüldü", "çözümlendi", "išspręsta problema", "selesai", "復旧", "復旧済み", "解決済み", "解決済", "已解决",
        "已解決", "已恢复", "已恢復", "已修复", "해결됨", "복구완료", "복구 완료",
    ),
}  # fmt: skip

ENDS_ABROAD = (  # how titles begin that tell an end; beside the time of a step "Ende der Störung" is a field
    "ende der störung", "störung beendet", "störung behoben", "fin de la panne", "fin de la perturbation",
    "fin de l'incident", "fin de l’incident", "fin de la incidencia", "fine del disservizio", "fine disservizio",
    "fim da ocorrência", "einde storing", "einde van de storing", "storing verholpen", "koniec awarii",
)  # fmt: skip

WORK_DONE_ABROAD = (  # that planned work is over, as patterns; without accents they are patterns of folded words
    "terminée?s?", "achevée?s?", "abgeschlossen", "beendet", "completad[oa]s?", "finalizad[oa]s?", "terminad[oa]s?",
    "completat[oaie]?", "terminat[oaie]", "concluíd[oa]s?", "voltooid", "afgerond", "finalitzat", "acabat", "slutfört",
    "avslutat", "afsluttet", "fullført", "zakończono", "завершено", "tamamlandı",
)  # fmt: skip
