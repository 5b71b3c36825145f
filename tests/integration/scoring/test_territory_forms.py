"""The répertoire in its other forms: spreadsheet, polygons, and answers that a reader has already."""

import csv
import gzip
import io
import json

from fastapi.testclient import TestClient

from services.scoring.adapters.places import scored_places
from tests.integration.scoring.published import AURILLAC, KEY, OTHER


def test_every_answer_has_a_tag_and_says_304_to_who_has_it(api: TestClient) -> None:
    for path in (
        "/v1/territories?limit=3",
        "/v1/territories?rome=F1703&max_rent=400",
        f"/v1/territories/{AURILLAC}",
        f"/v1/territories/{AURILLAC}/history",
        "/v1/territories.csv",
        "/v1/territories.geojson",
    ):
        for headers in (KEY, {}):
            first = api.get(path, headers=headers)
            assert first.status_code == 200, path
            again = api.get(path, headers={**headers, "If-None-Match": f'"x", W/{first.headers["etag"]}'})
            assert (again.status_code, again.content) == (304, b""), path
            assert again.headers["etag"] == first.headers["etag"]
            assert api.get(path, headers={**headers, "If-None-Match": '"x"'}).status_code == 200
        if not path.endswith("/history"):  # none yet: the same answer for all
            tags = {api.get(path, headers=headers).headers["etag"] for headers in (KEY, {})}
            assert len(tags) == 2, "another reader, another answer"


def test_the_spreadsheet_has_every_territory_as_the_list_shows_it(api: TestClient) -> None:
    answer = api.get("/v1/territories.csv?rome=F1703&typology=T3", headers=KEY)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode()), delimiter=";"))
    assert len(rows) == len(scored_places())
    row = next(row for row in rows if row["code"] == AURILLAC)
    assert (row["offres_du_metier"], row["logements_qui_conviennent"], row["part_connue"][:2]) == ("9", "7", "0,")
    other = next(row for row in rows if row["code"] == OTHER)
    assert (other["offres_du_metier"], other["logements_qui_conviennent"]) == ("", "0")
    public = api.get("/v1/territories.csv?bom=true&department=15")
    assert public.content.startswith(b"\xef\xbb\xbfcode;nom;")
    assert b";score;" not in public.content


def test_geojson_is_compressed_and_answers_304_while_nothing_changes(api: TestClient) -> None:
    first = api.get("/v1/territories.geojson", headers={"Accept-Encoding": "gzip"})
    assert first.headers["content-encoding"] == "gzip"
    shapes = first.json()
    assert len(shapes["features"]) == 1255
    properties = {feature["properties"]["code"]: feature["properties"] for feature in shapes["features"]}
    assert properties[AURILLAC]["score_class"] == 3
    assert "score" not in properties[AURILLAC]
    again = api.get("/v1/territories.geojson", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    plain = api.get("/v1/territories.geojson", headers={**KEY, "Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["etag"] != first.headers["etag"]
    with_key = {one["properties"]["code"]: one["properties"] for one in json.loads(plain.content)["features"]}
    assert with_key[AURILLAC]["score"] == 61.5
    assert len(gzip.compress(plain.content)) < len(plain.content)


def test_geojson_has_fewer_points_on_small_maps_and_a_tag_of_its_own_for_each_level(api: TestClient) -> None:
    answers = {zoom: api.get("/v1/territories.geojson", params={"zoom": zoom}) for zoom in (0, 4, 6, 9)}
    whole = api.get("/v1/territories.geojson")
    sizes = [len(answers[zoom].content) for zoom in (4, 6, 9)]
    assert sizes == sorted(set(sizes))
    assert sizes[0] < sizes[-1] / 2
    assert answers[9].content == whole.content
    assert answers[0].headers["etag"] == answers[4].headers["etag"]
    assert len({answers[4].headers["etag"], answers[6].headers["etag"], whole.headers["etag"]}) == 3
    again = api.get("/v1/territories.geojson?zoom=6", headers={"If-None-Match": answers[6].headers["etag"]})
    assert again.status_code == 304
    codes = [one["properties"]["code"] for one in whole.json()["features"]]
    assert [one["properties"]["code"] for one in answers[4].json()["features"]] == codes
    assert api.get("/v1/territories.geojson?zoom=-1").status_code == 422
