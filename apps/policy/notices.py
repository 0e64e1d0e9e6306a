"""Telling whom a rule names that it matched: by mail, and by an alert that event streams carry (docs/policy.md). At most
once a rule in 15 minutes, over all processes. Ours, beyond the contract. What is held back is not told later: the record
holds every evaluation."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.core.context import Context
from apps.events.attempt import Draft
from apps.policy.engine import Decision, Rule
from apps.policy.models import RULE, PolicyNotice
from apps.realms import mail
from apps.realms.models import Realm

EVERY = timedelta(minutes=15)
_WORTH_SENDING = timedelta(hours=6)


def tell(event: Draft, evaluation: Draft, realm: Realm, rules: Iterable[Rule], decision: Decision) -> None:
    """Inside the attempt that asked. However that ends, it is told once: a refusal rolls it back and does it again.
    `evaluation` is the event of the decision: `data.alert` names the rules that alert, where any does."""
    matched = {*decision.monitors, decision.matched_rule_id}
    due = [rule for rule in rules if rule.tells and rule.id in matched]
    if not due:
        return
    event.writes()
    ctx = event.ctx

    def write() -> None:
        told = [rule for rule in due if _is_time(ctx, realm, rule)]
        for rule in told:
            _queue(ctx, realm, rule)
        evaluation.data.pop("alert", None)  # of the first time, which was rolled back
        if alerting := [rule.id for rule in told if rule.alerts]:
            evaluation.data["alert"] = alerting

    event.keep(write)
    write()


def _is_time(ctx: Context, realm: Realm, rule: Rule) -> bool:
    """True for one of however many ask at once."""
    known = PolicyNotice.objects.filter(realm=realm, rule_id=rule.id)
    if known.filter(updated_at__lte=ctx.now - EVERY).update(updated_at=ctx.now) == 1:
        return True
    if known.exists():
        return False
    row = PolicyNotice(realm=realm, tenant_id=realm.tenant_id, rule_id=rule.id, created_at=ctx.now, updated_at=ctx.now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _queue(ctx: Context, realm: Realm, rule: Rule) -> None:
    facts = {
        "rule_name": rule.name or rule.id,
        "denies": rule.action == "deny",
        "person": ctx.actor.display_name,
        "ip": ctx.client.ip,
        "occurred_at": ctx.now,
        "action_url": f"{settings.IDENTITY_CLOUD_CONSOLE_URL}/console/realms/{realm.pk}/events?correlation_id="
        f"{ctx.correlation_id}",
    }
    for address in rule.notify:
        mail.queue(
            ctx,
            realm,
            "policy_notice",
            recipient=address,
            about=(RULE, rule.id),
            expires_at=ctx.now + _WORTH_SENDING,
            language=settings.LANGUAGE_CODE,  # administrators read it, whoever is at the page
            facts=lambda: {**facts, "action_label": _("Show what happened")},
        )
