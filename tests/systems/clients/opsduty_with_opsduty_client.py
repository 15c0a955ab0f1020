"""PyPI's opsduty-client, which was written for the original, against the REST API of examples/on-call."""
import datetime

from opsduty_client import AuthenticatedClient, Client
from opsduty_client.api.heartbeats import (
    opsduty_api_v1_heartbeats_create_heartbeat as create_heartbeat,
    opsduty_api_v1_heartbeats_delete_heartbeat as delete_heartbeat,
    opsduty_api_v1_heartbeats_healthcheck_environment_checkin as check_in,
    opsduty_api_v1_heartbeats_list_heartbeats as list_heartbeats,
    opsduty_api_v1_heartbeats_retrieve_heartbeat as retrieve_heartbeat,
    opsduty_api_v1_heartbeats_update_heartbeat as update_heartbeat,
)
from opsduty_client.api.incidents import opsduty_api_v1_incidents_list_incidents as list_incidents
from opsduty_client.api.schedules import (
    opsduty_api_v1_schedules_list_schedule_shifts as list_shifts,
    opsduty_api_v1_schedules_list_services as list_schedules,
)
from opsduty_client.api.services import opsduty_api_v1_services_list_services as list_services
from opsduty_client.api.users import opsduty_api_v1_users_list_users as list_users
from opsduty_client.models.create_heartbeat_input import CreateHeartbeatInput
from opsduty_client.models.update_heartbeat_input import UpdateHeartbeatInput

import on_call
from checks import ORIGIN, SECONDS, Checks

checks = Checks()
same = checks.same


def with_token(scope=None, user="alice"):
    token = on_call.tokens(on_call.client(scope), user=user)["access_token"]
    return AuthenticatedClient(base_url=ORIGIN, token=token, timeout=SECONDS)


def shifts(schedule, client):
    day = datetime.datetime(2026, 11, 27, tzinfo=datetime.timezone.utc)
    span = {"datetime_start": day, "datetime_end": day + datetime.timedelta(days=1)}
    return list_shifts.sync_detailed(schedule, client=client, **span)


def heartbeats():
    client = with_token("api:v1")
    same("none at first", list_heartbeats.sync_detailed(client=client).parsed.items, [])
    draft = CreateHeartbeatInput(name="backup", description="each night", service=7)
    made = create_heartbeat.sync_detailed(client=client, body=draft)
    same("one is made", (int(made.status_code), made.parsed.name, made.parsed.service), (201, "backup", 7))
    draft = UpdateHeartbeatInput(name="restore", description="", service=8)
    changed = update_heartbeat.sync_detailed(made.parsed.id, client=client, body=draft)
    same("it is changed", (changed.parsed.name, changed.parsed.service), ("restore", 8))
    same("it is shown", retrieve_heartbeat.sync_detailed(made.parsed.id, client=client).parsed.name, "restore")
    same("it is on the list", [found.name for found in list_heartbeats.sync(client=client).items], ["restore"])
    same("it is heard from", int(check_in.sync_detailed(7, "backup", "production", client=client).status_code), 200)
    same("it is removed", int(delete_heartbeat.sync_detailed(made.parsed.id, client=client).status_code), 204)
    gone = retrieve_heartbeat.sync_detailed(made.parsed.id, client=client)
    same("it is gone", int(gone.status_code), 404)


def lists():
    client = with_token("api:v1")
    same("incidents", [str(found.status) for found in list_incidents.sync(client=client).items], ["triggered"])
    same("users", [found.first_name for found in list_users.sync(client=client).items], ["alice", "bob"])
    same("services", list_services.sync(client=client).items, [])
    same("schedules", [found.id for found in list_schedules.sync(client=client).items], [1, 2])
    same("shifts", [user.first_name for shift in shifts(2, client).parsed for user in shift.users], ["alice"])


def refusals():
    answers = list_heartbeats.sync_detailed(client=AuthenticatedClient(base_url=ORIGIN, token="nope"))
    same("a token of nobody", int(answers.status_code), 401)
    same("no token", int(list_heartbeats.sync_detailed(client=Client(base_url=ORIGIN)).status_code), 401)
    same("the scope of the other API", int(list_heartbeats.sync_detailed(client=with_token("api")).status_code), 403)
    bob = with_token("api:v1", user="bob")
    same("a schedule that he may not see", int(shifts(2, bob).status_code), 403)
    same("a schedule that he may see", int(shifts(1, bob).status_code), 200)


on_call.make_application("opsduty-client")
for step, name, part in [(4, "heartbeats", heartbeats), (4, "the other lists", lists), (7, "refusals", refusals)]:
    checks.prove(f"opsduty-client: {name}", part, "opsduty", step)
checks.finish()
