"""Secrets at rest."""

import pytest

from services.payments.vault import Vault, VaultClosed

KEY, OTHER = "k" * 32, "o" * 40


def test_a_sealed_text_opens_for_its_place_alone_and_is_new_each_time() -> None:
    vault = Vault([KEY])
    sealed = vault.seal("sk_live_1", place="andes/stripe/secret_key")

    assert vault.open(sealed, place="andes/stripe/secret_key") == "sk_live_1"
    assert b"sk_live" not in sealed
    assert vault.seal("sk_live_1", place="andes/stripe/secret_key") != sealed
    with pytest.raises(VaultClosed):
        vault.open(sealed, place="other/stripe/secret_key")


@pytest.mark.parametrize("position", [0, 1, 6, 20, -1])
def test_an_altered_text_does_not_open(position: int) -> None:
    vault = Vault([KEY])
    altered = bytearray(vault.seal("secret", place="p"))
    altered[position] ^= 1

    with pytest.raises(VaultClosed):
        vault.open(bytes(altered), place="p")


def test_a_key_is_replaced_while_the_old_one_still_opens() -> None:
    old = Vault.of(KEY)
    both = Vault.of(f"{OTHER}, {KEY}")
    sealed_before, sealed_now = old.seal("a", place="p"), both.seal("b", place="p")

    assert both.open(sealed_before, place="p") == "a"
    assert Vault.of(OTHER).open(sealed_now, place="p") == "b"
    with pytest.raises(VaultClosed):
        Vault.of(OTHER).open(sealed_before, place="p")


def test_without_a_key_nothing_is_sealed() -> None:
    with pytest.raises(VaultClosed):
        Vault.of("").seal("secret", place="p")


def test_a_short_key_is_none() -> None:
    with pytest.raises(ValueError, match="32"):
        Vault.of("guessable")
