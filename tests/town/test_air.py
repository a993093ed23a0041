"""The town's air: distances, walls, bodies, fading, and repeatability."""

import itertools
import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.radio import CHANNELS
from bluezone.randomness import SeededRandomness
from bluezone.town.air import TX_POWER_LOW, Air, AirModel, Wall, room, stay, walk

START = 1_596_412_800.0
STILL = AirModel(body_least=0, body_most=0, channel_fading=0, packet_fading=0, packet_loss=0)


def pair_of(metres, *, seed=1, **options):
    air = Air(SeededRandomness(seed), **options)
    air.place("A", stay((0.0, 0.0), []))
    air.place("B", stay((metres, 0.0), []))
    return air


def attenuations(air, *, start=START, seconds=14400.0, step=0.255):
    """What B hears of A, as dB lost, at a beacon every `step` seconds on channels in turn."""
    heard = (air.rssi("A", "B", CHANNELS[number % 3], start + number * step) for number in range(int(seconds / step)))
    return [TX_POWER_LOW - strength for strength in heard if strength is not None]


def mean_of_encounters(metres, count=40):
    return [statistics.fmean(attenuations(pair_of(metres, seed=seed), seconds=600, step=2)) for seed in range(count)]


def test_one_metre_loses_about_50_db_and_eight_metres_more_than_70():
    assert statistics.fmean(mean_of_encounters(1)) == pytest.approx(50, abs=2)
    assert statistics.fmean(mean_of_encounters(8)) == pytest.approx(73, abs=2)


def test_encounters_differ_by_several_db_as_bodies_do():
    assert 2.5 < statistics.stdev(mean_of_encounters(1, 80)) < 6


@given(st.floats(0.05, 200), st.floats(1.05, 20))
def test_further_is_weaker_by_the_law_of_distance(metres, factor):
    model = AirModel()
    difference = model.mean_attenuation(metres * factor) - model.mean_attenuation(metres)
    assert 0 <= difference <= 25 * math.log10(factor) + 1e-9


def test_antennas_that_touch_still_have_a_strength():
    assert math.isfinite(pair_of(0.0, model=STILL).rssi("A", "B", 37, START))


def test_what_is_below_the_sensitivity_is_not_heard():
    assert attenuations(pair_of(500), seconds=600, step=1) == []


def test_a_small_share_of_packets_is_lost():
    heard = len(attenuations(pair_of(1), seconds=3000, step=0.5)) / 6000
    assert 0.97 < heard < 0.99


def test_walls_in_between_cost_their_loss_and_others_nothing():
    between, beside, behind = Wall((1, -1), (1, 1), 12.0), Wall((0, 1), (2, 1)), Wall((3, -1), (3, 1))
    free = pair_of(2, model=STILL).rssi("A", "B", 37, START)
    walled = pair_of(2, model=STILL, walls=[between, beside, behind]).rssi("A", "B", 37, START)
    assert free - walled == pytest.approx(12.0)


def test_a_room_has_four_walls():
    air = Air(SeededRandomness(1), walls=room((-2.0, -2.0), 4.0, 4.0, loss=7.0), model=STILL)
    air.place("inside", stay((0.0, 0.0), []))
    places = {"east": (3.0, 0.3), "west": (-3.0, 0.3), "north": (0.3, 3.0), "south": (0.3, -3.0), "room": (1.0, 1.0)}
    for name, point in places.items():
        air.place(name, stay(point, []))
    losses = {
        name: round(
            TX_POWER_LOW - air.rssi("inside", name, 37, START) - STILL.path_loss(air.distance("inside", name, START))
        )
        for name in places
    }
    assert losses == {"east": 7, "west": 7, "north": 7, "south": 7, "room": 0}


def test_the_path_is_the_same_both_ways():
    air = pair_of(3, model=AirModel(packet_fading=0, packet_loss=0))
    there = [air.rssi("A", "B", channel, START + t) for t in range(300) for channel in CHANNELS]
    back = [air.rssi("B", "A", channel, START + t) for t in range(300) for channel in CHANNELS]
    assert there == back


def test_channels_fade_apart():
    air = pair_of(2, model=AirModel(body_least=9, body_most=9, packet_fading=0, packet_loss=0))
    differences = [
        air.rssi("A", "B", 37, START + 10 * step) - air.rssi("A", "B", 39, START + 10 * step) for step in range(500)
    ]
    assert statistics.stdev(differences) == pytest.approx(4 * math.sqrt(2), rel=0.15)


def test_bodies_turn_slowly():
    air = pair_of(1, model=AirModel(channel_fading=0, packet_fading=0, packet_loss=0))
    strengths = [air.rssi("A", "B", 37, START + second) for second in range(3600)]
    steps = [abs(later - earlier) for earlier, later in itertools.pairwise(strengths)]
    assert max(steps) < 0.06
    assert max(strengths) - min(strengths) > 5


def test_transmit_power_is_the_senders_own():
    air = pair_of(1, model=STILL)
    air.place("A", stay((0.0, 0.0), []), tx_power=-5)
    assert air.rssi("A", "B", 37, START) - air.rssi("B", "A", 37, START) == pytest.approx(10)


def test_answers_do_not_depend_on_what_was_asked_before():
    questions = [(sender, receiver, channel, START + 7.3 * step) for step in range(200)
                 for sender, receiver in (("A", "B"), ("B", "A")) for channel in CHANNELS]  # fmt: skip
    shuffled = questions.copy()
    random.Random(3).shuffle(shuffled)
    straight, mixed, other = pair_of(2), pair_of(2), pair_of(2, seed=2)
    answers = {question: straight.rssi(*question) for question in questions}
    assert answers == {question: mixed.rssi(*question) for question in shuffled}
    assert answers != {question: other.rssi(*question) for question in questions}


@pytest.mark.parametrize("metres", [1, 20, 50, 90])
def test_reach_is_never_denied_to_a_pair_that_is_heard(metres):
    air = pair_of(metres)
    heard = attenuations(air, seconds=3600, step=3)
    assert air.reaches("A", "B", START) or not heard


def test_reach_ends_before_a_neighbours_home():
    assert not pair_of(1000).reaches("A", "B", START)


def test_a_walk_is_straight_and_even_and_stands_still_at_its_ends():
    track = walk([(START + 10, (10.0, 0.0)), (START, (0.0, 0.0)), (START + 20, (10.0, 5.0))])
    times = (-5, 0, 2.5, 10, 12, 20, 99)
    assert [track(START + t) for t in times] == [
        (0, 0), (0, 0), (2.5, 0), (10, 0), (10, 1), (10, 5), (10, 5),
    ]  # fmt: skip


def test_a_walk_without_waypoints_is_refused():
    with pytest.raises(ValueError, match="waypoint"):
        walk([])


def test_a_stay_begins_at_its_start_and_ends_before_its_end():
    track = stay((9.0, 9.0), [(START + 10, START + 20, (1.0, 1.0)), (START, START + 10, (0.0, 0.0))])
    assert [track(START + t) for t in (-1, 0, 9.9, 10, 19.9, 20)] == [
        (9, 9), (0, 0), (0, 0), (1, 1), (1, 1), (9, 9),
    ]  # fmt: skip


def test_stays_that_overlap_are_refused():
    with pytest.raises(ValueError, match="two places"):
        stay((0.0, 0.0), [(0, 10, (1.0, 1.0)), (9, 12, (2.0, 2.0))])
