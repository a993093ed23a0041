"""From a case at the desk to its keys in the store, through the whole application."""

import asyncio
import base64
import secrets

import httpx
import msgspec
import sqlalchemy as sa

from bluezone.clock import FixedClock
from bluezone.protocol import key_hmac, wire
from bluezone.server import Settings, create_app
from tests.server.desk.support import API_KEY, START
from tests.server.support import wire_keys


def test_the_desk_learns_in_a_later_hour_that_keys_were_published_and_nothing_joins_the_two(database_url, tmp_path):
    clock = FixedClock(START)
    settings = Settings(
        data_dir=tmp_path / "data", database_url=database_url, desk_api_key=API_KEY, run_jobs=False, open_rows=True
    )
    app = create_app(settings, clock=clock)
    secret = secrets.token_bytes(16)
    keys = wire_keys("a case", now=START)
    tekmac = key_hmac(keys, secret)

    async def story():
        transport = httpx.ASGITransport(app=app)
        async with app.lifespan(), httpx.AsyncClient(transport=transport, base_url="http://server") as client:

            async def call(path, body, **headers):
                answer = await client.post(path, content=msgspec.json.encode(body), headers=headers)
                assert answer.status_code == 200, answer.text
                return answer.json()

            desk = {wire.API_KEY_HEADER: API_KEY}
            issued = await call(wire.PATH_ISSUE, wire.IssueRequest(test_type="recursive"), **desk)
            token = (await call(wire.PATH_VERIFY, wire.VerifyRequest(code=issued["code"])))["token"]
            request = wire.CertificateRequest(token=token, ekeyhmac=base64.b64encode(tekmac).decode())
            certificate = (await call(wire.PATH_CERTIFICATE, request))["certificate"]
            publication = wire.PublishRequest(
                temporary_exposure_keys=keys,
                health_authority_id=settings.authority,
                verification_payload=certificate,
                hmac_key=base64.b64encode(secret).decode(),
            )
            answer = await call(wire.PATH_PUBLISH, publication)
            assert answer["insertedExposures"] == len(keys)

            status = wire.CodeStatusRequest(uuid=issued["uuid"])
            assert not (await call(wire.PATH_CODE_STATUS, status, **desk))["keysPublished"]
            clock.advance(3600)
            assert (await call(wire.PATH_CODE_STATUS, status, **desk))["keysPublished"]
            return (await client.get("/schema/openapi.json")).json()

    document = asyncio.run(story())
    assert {wire.PATH_ISSUE, wire.PATH_VERIFY, wire.PATH_CERTIFICATE} <= set(document["paths"])

    engine = sa.create_engine(database_url)
    metadata = sa.MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        rows = {table.name: connection.execute(sa.select(table)).mappings().all() for table in metadata.sorted_tables}
    engine.dispose()
    case = [value for value in rows["desk_cases"][0].values() if isinstance(value, (bytes, str)) and len(value) >= 16]
    assert len(case) == 5  # uuid, two code hashes, token hash, keys hash
    elsewhere = repr([row for name, of_table in rows.items() if not name.startswith("desk_") for row in of_table])
    assert not [value for value in [*case, tekmac, secret] if repr(value)[1:-1] in elsewhere]
