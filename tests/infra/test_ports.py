"""Free ports, as the local servers get them."""

import socket

from deploy.local import ports


def test_a_taken_port_is_not_chosen_though_it_is_preferred() -> None:
    with socket.socket() as taken:
        taken.bind((ports.LOOPBACK, 0))
        taken.listen()
        number = taken.getsockname()[1]

        assert not ports.is_free(number)
        assert ports.answers(number)
        assert ports.free_port(number) != number


def test_a_free_port_is_kept_over_a_restart() -> None:
    before = ports.free_port()

    assert ports.free_port(before) == before


def test_several_ports_are_different_ones() -> None:
    assert len(set(ports.free_ports(20))) == 20
