"""Enumerations with text values, and the warnings that mean the same for every plugin."""

from typing import Any, Dict, List, Union


class _FastEnumType(type):
    def __new__(mcs, name, bases, namespace):
        values = {}
        made = {}
        for key, value in namespace.items():
            if key.startswith("_") or callable(value) or isinstance(value, (property, classmethod, staticmethod)):
                made[key] = value
            else:
                values[key] = value
        if not bases:
            made.update(values)
            values = {}
        cls = super().__new__(mcs, name, bases, made)
        entries = {}
        for key, value in values.items():
            entry = object.__new__(cls)
            entry.__dict__["name"] = key
            entry.__dict__["value"] = value
            entries[value] = entry
            type.__setattr__(cls, key, entry)
        assert len({type(value) for value in entries}) <= 1, "The values of {} are of different types".format(name)
        cls._value_to_entry = entries
        return cls

    def __iter__(cls):
        return iter(cls._value_to_entry.values())

    def __setattr__(cls, key, value):
        if key != "_value_to_entry" and "_value_to_entry" in cls.__dict__:
            raise AttributeError("The members of {} cannot be changed".format(cls.__name__))
        super().__setattr__(key, value)


class FastEnum(metaclass=_FastEnumType):
    """An enumeration: each member has a ``name`` and a ``value``, and calling the class with a value gives the member."""

    name = None
    value = None

    @classmethod
    def values(cls):
        """All values."""
        return cls._value_to_entry.keys()

    def __new__(cls, value):
        if isinstance(value, cls):
            return value
        try:
            return cls._value_to_entry[value]
        except KeyError:
            raise ValueError("There is no {} with the value {!r}".format(cls.__name__, value)) from None

    def __eq__(self, other):
        return self is other if self.__class__ is other.__class__ else NotImplemented

    def __ne__(self, other):
        return self is not other if self.__class__ is other.__class__ else NotImplemented

    def __hash__(self):
        return hash(id(self))

    def __str__(self):
        return str(self.value)

    def __reduce__(self):
        return (self.__class__, (self.value,))

    def __repr__(self):
        return "<{}.{}: {}>".format(self.__class__.__name__, self.name, self.value)


class CoreWarnings:
    """Tokens of warnings that carry no plugin's name."""

    OVERLAPS = "overlaps"
    UNSTAGED_FILES = "unstaged-files"
    REF_NOT_IN_TRACK = "ref-not-in-track"
    UNALIASED_URL = "unaliased-url"
    UNAVAILABLE_SOURCE_INFO = "unavailable-source-info"


core_warnings = frozenset(value for name, value in vars(CoreWarnings).items() if not name.startswith("_"))


class OverlapAction(FastEnum):
    """What happens when staged files overlap with files that were staged before."""

    ERROR = "error"
    WARNING = "warning"
    IGNORE = "ignore"


SourceRef = Union[None, int, str, List[Any], Dict[str, Any]]
