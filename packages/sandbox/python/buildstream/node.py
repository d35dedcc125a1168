"""YAML as plugins see it: scalars, lists and mappings that know where they stand.

Nodes come over the wire as ``[type, content, file, line, column]`` and go back the same way.
"""

from .exceptions import LoadError, LoadErrorReason

_missing = object()
_synthetic = ("[synthetic]", 0, 0)


def _invalid(node, message):
    return LoadError("{}: {}".format(node.get_provenance(), message), LoadErrorReason.INVALID_DATA)


class ProvenanceInformation:
    """Where a node stands."""

    __slots__ = ("_node", "_filename", "_shortname", "_displayname", "_line", "_col", "_is_synthetic")

    def __init__(self, node):
        name, line, column = node._place
        self._node = node
        self._filename = self._shortname = self._displayname = name
        self._line = line
        self._col = column
        self._is_synthetic = node._place is _synthetic

    def __str__(self):
        if self._is_synthetic:
            return "{} [synthetic]".format(self._displayname)
        return "{} [line {} column {}]".format(self._displayname, self._line, self._col)


class Node:
    """The base of all nodes."""

    __slots__ = ("_place", "_key")

    def __init__(self):
        raise TypeError("Make nodes with Node.from_dict()")

    def __str__(self):
        return "{}: {}".format(self.get_provenance(), self.strip_node_info())

    @classmethod
    def from_dict(cls, value):
        """A mapping node of plain data."""
        return _make(value, _synthetic, None)

    def get_provenance(self):
        """Where the node stands."""
        return ProvenanceInformation(self)

    def clone(self):
        """A copy that can be changed."""
        raise NotImplementedError()

    def strip_node_info(self):
        """The node as plain data."""
        raise NotImplementedError()


class ScalarNode(Node):
    """A single value."""

    __slots__ = ("value",)

    def as_str(self):
        """The value as text, None when there is none."""
        return self.value

    def as_bool(self):
        """The value as a boolean."""
        if self.value in ("True", "true", "1"):
            return True
        if self.value in ("False", "false", "0"):
            return False
        raise _invalid(self, "the value of '{}' must be True or False, not '{}'".format(self._key, self.value))

    def as_int(self):
        """The value as a whole number."""
        try:
            return int(self.value)
        except (TypeError, ValueError):
            raise _invalid(
                self, "the value of '{}' must be a whole number, not '{}'".format(self._key, self.value)
            ) from None

    def as_enum(self, constraint):
        """The value as a member of an enumeration."""
        try:
            return constraint(self.value)
        except ValueError:
            known = ", ".join("'{}'".format(member.value) for member in constraint)
            raise _invalid(
                self, "the value of '{}' must be one of {}, not '{}'".format(self._key, known, self.value)
            ) from None

    def is_none(self):
        """Whether there is no value."""
        return self.value is None

    def clone(self):
        return _scalar(self.value, self._place, self._key)

    def strip_node_info(self):
        return self.value


class SequenceNode(Node):
    """A list of nodes."""

    __slots__ = ("value",)

    def __iter__(self):
        return iter(self.value)

    def __len__(self):
        return len(self.value)

    def __reversed__(self):
        return reversed(self.value)

    def __setitem__(self, key, value):
        self.value[key] = _make(value, self._place, self._key)

    def __delitem__(self, key):
        del self.value[key]

    def append(self, value):
        """Adds a node or plain data."""
        self.value.append(_make(value, self._place, self._key))

    def as_str_list(self):
        """The items as texts."""
        return [_checked(item, (ScalarNode,), self._key).value for item in self.value]

    def node_at(self, index, allowed_types=None):
        """The item at a position."""
        return _checked(self.value[index], allowed_types, self._key)

    def scalar_at(self, index):
        """The single value at a position."""
        return _checked(self.value[index], (ScalarNode,), self._key)

    def mapping_at(self, index):
        """The mapping at a position."""
        return _checked(self.value[index], (MappingNode,), self._key)

    def sequence_at(self, index):
        """The list at a position."""
        return _checked(self.value[index], (SequenceNode,), self._key)

    def clone(self):
        return _sequence([item.clone() for item in self.value], self._place, self._key)

    def strip_node_info(self):
        return [item.strip_node_info() for item in self.value]


class MappingNode(Node):
    """Nodes by name."""

    __slots__ = ("value",)

    def __contains__(self, key):
        return key in self.value

    def __delitem__(self, key):
        del self.value[key]

    def __setitem__(self, key, value):
        old = self.value.get(key)
        self.value[key] = _make(value, old._place if old is not None else self._place, key)

    def _get(self, key, default, make):
        found = self.value.get(key)
        if found is not None:
            return found
        if default is _missing:
            raise _invalid(self, "there is no '{}' here".format(key))
        return None if default is None and make is not _scalar_of else make(default, _synthetic, key)

    def get_node(self, key, allowed_types=None, allow_none=False):
        """Any node."""
        found = self.value.get(key)
        if found is None:
            if allow_none:
                return None
            raise _invalid(self, "there is no '{}' here".format(key))
        return _checked(found, allowed_types, key)

    def get_scalar(self, key, default=_missing):
        """A single value."""
        return _checked(self._get(key, default, _scalar_of), (ScalarNode,), key, none=False)

    def get_sequence(self, key, default=_missing, allowed_types=None):
        """A list."""
        found = _checked(self._get(key, default, _make), (SequenceNode,), key)
        if found is not None and allowed_types:
            for item in found:
                _checked(item, allowed_types, key)
        return found

    def get_mapping(self, key, default=_missing):
        """A mapping."""
        return _checked(self._get(key, default, _make), (MappingNode,), key)

    def get_str(self, key, default=_missing):
        """A single value as text."""
        return self.get_scalar(key, default).as_str()

    def get_int(self, key, default=_missing):
        """A single value as a whole number."""
        scalar = self.get_scalar(key, default)
        return None if default is None and scalar.is_none() else scalar.as_int()

    def get_bool(self, key, default=_missing):
        """A single value as a boolean."""
        return self.get_scalar(key, default).as_bool()

    def get_enum(self, key, constraint, default=_missing):
        """A single value as a member of an enumeration."""
        if key not in self.value and default is not _missing:
            return None if default is None else constraint(default)
        return self.get_scalar(key).as_enum(constraint)

    def get_str_list(self, key, default=_missing):
        """A list as texts."""
        found = self.get_sequence(key, default)
        return None if found is None else found.as_str_list()

    def items(self):
        """Names and nodes."""
        return self.value.items()

    def keys(self):
        """Names."""
        return list(self.value.keys())

    def values(self):
        """Nodes."""
        return self.value.values()

    def safe_del(self, key):
        """Removes a name that may be absent."""
        self.value.pop(key, None)

    def validate_keys(self, valid_keys):
        """Fails at the first name that is not among the valid ones."""
        valid = set(valid_keys)
        for key, node in self.value.items():
            if key not in valid:
                raise _invalid(
                    node, "Unexpected key: {} (known here: {})".format(key, ", ".join(sorted(valid)) or "none")
                )

    def clone(self):
        return _mapping({key: node.clone() for key, node in self.value.items()}, self._place, self._key)

    def strip_node_info(self):
        return {key: node.strip_node_info() for key, node in self.value.items()}


_names = {ScalarNode: "a single value", SequenceNode: "a list", MappingNode: "a mapping"}


def _checked(node, types, key, none=True):
    if (node is None and none) or not types or isinstance(node, tuple(types)):
        return node
    wanted = " or ".join(_names[kind] for kind in types)
    raise _invalid(node, "the value of '{}' must be {}, but it is {}".format(key, wanted, _names[type(node)]))


def _new(cls, value, place, key):
    node = cls.__new__(cls)
    node.value = value
    node._place = place
    node._key = key
    return node


def _scalar(value, place, key):
    return _new(ScalarNode, value, place, key)


def _sequence(value, place, key):
    return _new(SequenceNode, value, place, key)


def _mapping(value, place, key):
    return _new(MappingNode, value, place, key)


def _scalar_of(value, place, key):
    if isinstance(value, bool):
        value = "True" if value else "False"
    elif isinstance(value, int):
        value = str(value)
    elif isinstance(value, str):
        value = value.strip()
    elif value is not None:
        raise TypeError("A scalar node holds text, whole numbers, booleans or None, not {!r}".format(value))
    return _scalar(value, place, key)


def _make(value, place, key):
    if isinstance(value, Node):
        return value
    if isinstance(value, dict):
        return _mapping({name: _make(item, place, name) for name, item in value.items()}, place, key)
    if isinstance(value, (list, tuple)):
        return _sequence([_make(item, place, key) for item in value], place, key)
    return _scalar_of(value, place, key)


def decode(wire, files, key=None):
    """A node from the wire; ``files`` are the names of the files that places refer to."""
    kind, content, file, line, column = wire
    place = _synthetic if file < 0 else (files[file], line, column)
    if kind == 0:
        return _scalar(content, place, key)
    if kind == 1:
        return _sequence([decode(item, files, key) for item in content], place, key)
    return _mapping({name: decode(item, files, name) for name, item in content.items()}, place, key)
