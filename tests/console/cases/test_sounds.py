"""Recordings over HTTP."""

import pytest

from tests.console import make


@pytest.fixture
def recording(desk):
    with desk.session() as session:
        return make.recording(session, make.case(session), desk.storage, seconds=1.0)


def test_an_operator_gets_the_whole_recording(desk, operator, recording):
    answer = operator.get(f"/recordings/{recording.id}.wav")
    assert answer.data == desk.storage.get(recording.key)
    assert answer.mimetype == "audio/wav"


def test_a_part_of_it_is_given_when_a_part_is_asked_for(desk, operator, recording):
    answer = operator.get(f"/recordings/{recording.id}.wav", headers={"Range": "bytes=100-199"})
    assert answer.status_code == 206
    assert answer.data == desk.storage.get(recording.key)[100:200]


def test_a_recording_we_do_not_have_yet_is_not_found(desk, operator):
    with desk.session() as session:
        announced = make.recording(session, make.case(session), state="announced")
    assert operator.get(f"/recordings/{announced.id}.wav").status_code == 404
