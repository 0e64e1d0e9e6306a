"""A browser and its system in three words, for every face."""

from apps.credentials.device_words import device_words

__all__ = ["device_words"]
