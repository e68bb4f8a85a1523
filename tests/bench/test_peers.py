"""Tests of what the bench beside the peers is judged by."""

import pytest

from speech_models.audio import silence
from tests.bench.peers import sample
from tests.bench.scoring import error_rates
from tests.bench.vosk_peer import VoskServer


def test_signs_and_the_way_of_writing_are_no_errors():
    assert error_rates([("還有3組，", "还有三组")]) == {"utterances": 1, "cer": 0.0, "per": 0.0}


def test_a_wrong_character_of_the_right_sound_is_wrong_in_writing_only():
    assert error_rates([("清水村", "青水村"), ("三组", "")]) == {"utterances": 2, "cer": 0.6, "per": 0.4}


def test_a_sample_takes_small_columns_whole_and_large_ones_evenly():
    rows = [{"language": "cmn", "audio": str(number)} for number in range(100)]
    rows += [{"language": "yue", "audio": "a"}, {"language": "yue", "audio": "b"}]
    chosen = [row["audio"] for row in sample(rows, 12)]
    assert chosen == ["a", "b", *(str(number) for number in range(0, 100, 10))]
    assert sample(rows, 1000) == rows[100:] + rows[:100]


def test_a_checkout_without_a_server_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no asr_server\.py in"):
        VoskServer(tmp_path, tmp_path)


def test_the_peers_server_of_a_checkout_answers_every_chunk_and_ends(tmp_path):
    (tmp_path / "asr_server.py").write_text(SERVER)
    server = VoskServer(tmp_path, tmp_path)
    try:
        stream = server.open()
        assert [stream.feed(silence(0.1, 8000)) for _ in range(3)] == [False, True, False]
        stream.finish()
        assert server.cpu_seconds() > 0
    finally:
        server.close()


SERVER = """
import asyncio, os, websockets

async def recognize(websocket, path):
    for answer in ('{"partial": ""}', '{"text": ""}', '{"partial": ""}', '{"text": ""}'):
        await websocket.recv()
        await websocket.send(answer)

async def start():
    async with websockets.serve(recognize, os.environ["VOSK_SERVER_INTERFACE"], int(os.environ["VOSK_SERVER_PORT"])):
        await asyncio.Future()

asyncio.run(start())
"""
