"""A new version of the reference data: mirrored homes and offers follow their communes before the engine reads them."""

from sqlalchemy import Engine, text
from sqlmodel import Session

from services.matching.adapters.relocating import relocate
from shared.geography import geography
from tests.integration.matching.conftest import Stream


def test_mirrored_rows_go_where_their_commune_lies_and_unknown_communes_stay(stream: Stream, database: Engine) -> None:
    home, post = stream.home(), stream.post()
    lost = stream.home()
    with database.begin() as connection:
        before = connection.execute(
            text("SELECT commune, territory, zone FROM vacancy WHERE id = :id"), {"id": home}
        ).one()
        connection.execute(text("UPDATE vacancy SET territory = '200000001', zone = '0000'"))
        connection.execute(text("UPDATE vacancy SET commune = '99999' WHERE id = :id"), {"id": lost})
        connection.execute(text("UPDATE offer SET zone = '0000'"))
    with Session(database) as session, session.begin():
        assert relocate(session) == 2
        assert relocate(session) == 0
    with database.connect() as connection:
        rows = {
            row.id: (row.commune, row.territory, row.zone)
            for row in connection.execute(text("SELECT id, commune, territory, zone FROM vacancy"))
        }
        zone = connection.execute(text("SELECT commune, zone FROM offer WHERE id = :id"), {"id": post}).one()
    assert rows[home] == tuple(before)
    assert rows[lost] == ("99999", "200000001", "0000")
    assert zone.zone == geography().zone_of(zone.commune)
