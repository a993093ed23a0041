from datetime import date

from hypothesis import given

from bluezone.server.casework.service import Closeness
from bluezone.server.chain.forest import plant
from tests.server.chain.support import met, scene, scenes, someone


def august(day):
    return date(2020, 8, day)


def test_a_case_comes_from_the_case_that_was_ill_before():
    forest = plant(
        scene(
            someone("1", 0, onset=august(1)),
            someone("2", 0, onset=august(5)),
            someone("3", 0, onset=august(9)),
            meetings=[met("3", "2", august(4)), met("1", "2", august(3)), met("2", "3", august(6))],
        )
    )
    assert {key: source for key, (source, _) in forest.through.items()} == {"2": "1", "3": "2"}
    assert forest.others == 1


def test_a_contact_hangs_on_whom_its_level_was_computed_through():
    people = [someone("1", 0, onset=august(1)), someone("2", 0, onset=august(1)), someone("9", 1, via="2")]
    forest = plant(scene(*people, meetings=[met("1", "9", closeness=Closeness.HOUSEHOLD), met("2", "9")]))
    assert forest.through["9"][0] == "2"


def test_whoever_was_met_after_the_onset_is_hardly_the_source():
    people = [someone("1", 0, onset=august(1)), someone("2", 0, onset=august(2)), someone("3", 0, onset=august(5))]
    meetings = [met("1", "3", august(7), closeness=Closeness.HOUSEHOLD), met("2", "3", august(4))]
    assert plant(scene(*people, meetings=meetings)).through["3"][0] == "2"


def test_no_contact_is_the_source_of_a_case():
    people = [someone("1", 0, onset=august(5)), someone("8", 1, met=august(1))]
    forest = plant(scene(*people, meetings=[met("8", "1", august(1))]))
    assert list(forest.through) == ["8"]


@given(scenes())
def test_every_graph_becomes_trees(shown):
    forest = plant(shown)
    clusters = shown.clusters()
    assert sorted(key for cluster in clusters for key in cluster) == sorted(shown.people)
    for cluster in clusters:
        reached = [key for root in forest.roots(cluster) for key in (root, *forest.below(root))]
        assert sorted(reached) == sorted(cluster)
    assert forest.others >= 0
