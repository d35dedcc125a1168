"""Sources that are one downloaded file, known by its SHA-256."""

import contextlib
import netrc
import os
import re
import shutil
import urllib.error
import urllib.parse
import urllib.request

from . import utils
from .source import Source, SourceError, SourceInfoMedium, SourceVersionType


def _password_of(url, netrc_config):
    entry = netrc_config.authenticators(urllib.parse.urlsplit(url).hostname) if netrc_config else None
    return (entry[0], entry[2]) if entry else (None, None)


def _download_file(netrc_config, url, etag, directory, bearer_auth):
    """Downloads into a directory: (file, tag, None), all None when the server says that nothing is new, or a complaint."""
    user, password = _password_of(url, netrc_config)
    if user and url.startswith("ftp:"):
        url = url.replace("ftp://", "ftp://{}:{}@".format(urllib.parse.quote(user), urllib.parse.quote(password)), 1)
    request = urllib.request.Request(url)
    request.add_header("Accept", "*/*")
    request.add_header("User-Agent", "BuildStream/2")
    if etag is not None:
        request.add_header("If-None-Match", etag)
    handlers = []
    if password and bearer_auth:
        request.add_header("Authorization", "Bearer " + password)
    elif password and url.startswith("http"):
        passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        passwords.add_password(None, url, user, password)
        handlers.append(urllib.request.HTTPBasicAuthHandler(passwords))
    try:
        with contextlib.closing(urllib.request.build_opener(*handlers).open(request, timeout=600)) as response:
            info = response.info()
            if etag and info["ETag"] == etag:
                return None, None, None
            name = os.path.basename(info.get_filename(os.path.basename(url)))
            path = os.path.join(directory, name or "download")
            with open(path, "wb") as file:
                shutil.copyfileobj(response, file)
                length = info.get("Content-Length")
                if length and file.tell() < int(length):
                    raise ValueError("only {} of {} bytes came".format(file.tell(), length))
            return path, info["ETag"], None
    except urllib.error.HTTPError as error:
        return (None, None, None) if error.code == 304 else (None, None, str(error))
    except (urllib.error.URLError, OSError, ValueError) as error:
        return None, None, str(error)


class DownloadableFileSource(Source):
    """The base of sources of one file; a plugin adds :func:`stage`."""

    COMMON_CONFIG_KEYS = Source.COMMON_CONFIG_KEYS + ["url", "ref", "version-guess-pattern", "version"]

    def configure(self, node):
        self.original_url = node.get_str("url")
        self.ref = node.get_str("ref", None)
        extra = {}
        self.url = self.translate_url(self.original_url, extra_data=extra)
        self.bearer_auth = extra.get("http-auth") == "bearer"
        self._mirror_dir = os.path.join(self.get_mirror_directory(), utils.url_directory_name(self.original_url))
        self._guess_pattern_string = node.get_str("version-guess-pattern", None)
        self._guess_pattern = None
        if self._guess_pattern_string is not None:
            self._guess_pattern = re.compile(self._guess_pattern_string)
        self._version = node.get_str("version", None)

    def preflight(self):
        pass

    def get_unique_key(self):
        key = [self.original_url, self.ref]
        if self._version is not None:
            key.append(self._version)
        elif self._guess_pattern_string is not None:
            key.append(self._guess_pattern_string)
        return key

    def is_cached(self):
        return os.path.isfile(self._get_mirror_file())

    def load_ref(self, node):
        self.ref = node.get_str("ref", None)

    def get_ref(self):
        return self.ref

    def set_ref(self, ref, node):
        node["ref"] = self.ref = ref

    def track(self):
        found = self._ensure_mirror("Tracking {}".format(self.url))
        if self.ref and self.ref != found:
            self.warn(
                "Potential man-in-the-middle attack!",
                detail="Tracking found another file than the ref names:\n  Tracked URL: {}\n  Current ref: {}\n  New ref: {}".format(
                    self.url, self.ref, found
                ),
            )
        return found

    def fetch(self):
        if os.path.isfile(self._get_mirror_file()):
            return
        found = self._ensure_mirror("Fetching {}".format(self.url))
        if found != self.ref:
            raise SourceError("The file at {} has the SHA-256 '{}', not '{}'".format(self.url, found, self.ref))

    def collect_source_info(self):
        guess = self._version
        if guess is None:
            guess = utils.guess_version(self.original_url, pattern=self._guess_pattern)
        return [
            self.create_source_info(
                self.url, SourceInfoMedium.REMOTE_FILE, SourceVersionType.SHA256, self.ref, version_guess=guess
            )
        ]

    def _etag_file(self, ref):
        return os.path.join(self._mirror_dir, "{}.etag".format(ref))

    def _get_etag(self, ref):
        try:
            with open(self._etag_file(ref), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return None

    def _store_etag(self, ref, etag):
        with utils.save_file_atomic(self._etag_file(ref)) as file:
            file.write(etag)

    def _ensure_mirror(self, activity_name):
        with self.tempdir() as directory:
            etag = self._get_etag(self.ref) if self.ref and self.is_cached() else None
            path, new_etag, complaint = self.blocking_activity(
                _download_file, (self._parse_netrc(), self.url, etag, directory, self.bearer_auth), activity_name
            )
            if complaint:
                raise SourceError(
                    "{}: {} cannot be downloaded: {}".format(self, self.url, complaint), temporary=True
                )
            if path is None:
                return self.ref
            os.makedirs(self._mirror_dir, exist_ok=True)
            found = utils.sha256sum(path)
            os.rename(path, self._get_mirror_file(found))
            if new_etag:
                self._store_etag(found, new_etag)
            return found

    def _parse_netrc(self):
        try:
            return netrc.netrc()
        except OSError:
            return None
        except netrc.NetrcParseError as error:
            self.warn("{}: .netrc cannot be read: {}".format(self, error))
            return None

    def _get_mirror_file(self, sha=None):
        return os.path.join(self._mirror_dir, sha or self.ref or "")
