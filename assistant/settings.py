"""Settings: defaults < ``assistant.toml`` < environment (``ASSISTANT_…``) < arguments."""

from __future__ import annotations

import os
import re
import tomllib
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from platformdirs import user_cache_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from assistant.errors import SettingsError

BUNDLED = "bundled"
NO_ADAPTER = "none"
STATUTES = "statutes"
AUTO_ADAPTER = "auto"
"""``statutes`` over the bundled encoder, and nothing over another."""
SETTINGS_FILE = "assistant.toml"

Names = Annotated[tuple[str, ...], NoDecode]
"""Names; in the environment and as an argument separated by commas."""

_ROOT = re.compile(r"(?:https?://[A-Za-z0-9.\-\[\]:]+)?(?:/[A-Za-z0-9._~-]+)*")


class Settings(BaseSettings):
    """What a user may set. Immutable; an unknown name or a value out of range is an error.

    Build it with :meth:`load`, which turns pydantic's errors into :class:`SettingsError`.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="ASSISTANT_",
        toml_file=SETTINGS_FILE,
        frozen=True,
        extra="forbid",
    )

    documents: Path = Field(Path("documents"), description="Folder of the policy files.")
    index: Path = Field(Path("index"), description="Folder of the index.")
    model: str = Field(
        BUNDLED,
        min_length=1,
        description="The encoder: `bundled`, a model folder, or a name on the Hugging Face hub.",
    )
    adapter: str = Field(
        AUTO_ADAPTER,
        min_length=1,
        description="What the bundled encoder has been taught, put over its weights: `statutes`, "
        "which comes with the program, a file of your own training, or `none`. `auto` is "
        "`statutes`, and `none` where the model is another. See [adapter.md](adapter.md).",
    )
    query_prompt: str | None = Field(
        None, description="Put before a question; by default what the model's own files say."
    )
    passage_prompt: str | None = Field(
        None, description="Put before a passage; by default what the model's own files say."
    )
    precision: Literal["float32", "int8"] = Field(
        "float32",
        description="What the encoder computes in. `int8` needs the extra `fast`; it is several "
        "times faster where the processor has VNNI (Intel since 2019–2021, AMD since Zen 4), "
        "slower elsewhere. An index is searched in the precision that it was built in.",
    )
    device: str = Field("cpu", description="Where the encoder runs, as PyTorch names it.")
    threads: int = Field(0, ge=0, le=1024, description="Threads of the encoder; 0: all cores.")
    batch_size: int = Field(16, ge=1, le=4096, description="Passages encoded at once.")
    cache_dir: Path = Field(
        default_factory=lambda: user_cache_path("policy-assistant"),
        description="Folder of the unpacked encoder and the tokenizer's dictionary.",
    )
    language: Literal["zh", "en"] = Field(
        "zh", description="Language of what is said around the quotes."
    )
    synonyms: Path | None = Field(
        None, description="File of words of the same meaning, added to the program's own."
    )
    reranker: str | None = Field(
        None,
        min_length=1,
        description="A cross-encoder that looks at the first hits again: a model folder, or a name "
        "on the Hugging Face hub. None by default.",
    )
    citations: int = Field(3, ge=1, le=20, description="Clauses that an answer cites at most.")
    max_question_chars: int = Field(
        2_000, ge=10, le=100_000, description="A longer question is refused."
    )
    keep_generations: int = Field(
        2, ge=1, le=100, description="Generations of the index that are kept."
    )
    milvus: str | None = Field(
        None,
        min_length=1,
        description="Where vectors and words are kept instead of files in the index folder: a "
        "path that ends in `.db` (Milvus Lite), or the address of a Milvus, `http://host:19530`. "
        "See [milvus.md](milvus.md).",
    )
    milvus_token: SecretStr | None = Field(
        None, description="`user:password`, or an API key, for that Milvus; never printed."
    )
    watch: bool = Field(
        True, description="While the chat page runs, follow changes in the documents folder."
    )
    feedback: Path | None = Field(
        Path("feedback.sqlite3"),
        description="File in which the chat page keeps what people think of its answers; `off`: "
        "none is kept. See [feedback.md](feedback.md).",
    )
    host: str = Field("127.0.0.1", min_length=1, description="Address the chat page listens on.")
    port: int = Field(7860, ge=1, le=65_535, description="Port the chat page listens on.")
    root_path: str = Field(
        "",
        description="Where a reverse proxy shows the chat page: a path (`/policies`), or the whole "
        "address (`https://example.com/policies`). See [serving.md](serving.md).",
    )
    proxies: Names = Field(
        ("127.0.0.1", "::1"),
        description="Addresses or networks of reverse proxies, separated by commas; what they say "
        "of a visitor's address is believed once `root_path` is set.",
    )
    users: Path | None = Field(
        None,
        description="File of those who may log in to the chat page, made with `assistant users "
        "add`; without it nobody has to.",
    )
    open: bool = Field(
        False,
        description="Let anybody use the chat page without `users`, also from other machines.",
    )
    editors: Names | None = Field(
        None,
        description="Users who may change the library from the chat page and from programs, "
        "separated by commas; `*`: everybody. By default none of the `users`, or, without `users`, "
        "whoever comes straight from this machine.",
    )
    rate_limit: str = Field(
        "240/minute",
        description="How often a visitor may ask, as `limits` writes it (`10/second;1000/day`); "
        "empty: as often as wanted.",
    )
    queue_size: int = Field(
        100, ge=1, le=100_000, description="Questions that wait at most; more are sent away."
    )
    upload_limit_mb: int = Field(
        20, ge=1, le=1_000, description="Size in MB of the largest file that may be uploaded."
    )
    mcp: bool = Field(
        False,
        description="Serve the tools for language models (MCP) beside the chat page; needs the "
        "extra `mcp`.",
    )

    @field_validator("documents", "index", "cache_dir", "synonyms", "users", mode="before")
    @classmethod
    def _folder(cls, value: object) -> object:
        """A folder has a name; ``~`` in it is the user's own."""
        if isinstance(value, str) and not value.strip():
            raise ValueError("a folder is expected")
        return Path(os.path.expanduser(value)) if isinstance(value, str | Path) else value  # noqa: PTH111

    @field_validator("feedback", mode="before")
    @classmethod
    def _feedback(cls, value: object) -> object:
        """A file; nothing or ``off`` is none."""
        if isinstance(value, str) and value.strip().lower() in ("", "off"):
            return None
        return Path(os.path.expanduser(value)) if isinstance(value, str | Path) else value  # noqa: PTH111

    @field_validator("milvus")
    @classmethod
    def _milvus(cls, value: str | None) -> str | None:
        """A file for Milvus Lite, or a server."""
        if value is None or value.startswith(("http://", "https://")):
            return value
        if "://" in value or not value.endswith(".db"):
            raise ValueError("a path that ends in .db, or http(s)://host:port, is expected")
        return os.path.expanduser(value)  # noqa: PTH111

    @field_validator("proxies", "editors", mode="before")
    @classmethod
    def _names(cls, value: object) -> object:
        """Names separated by commas, or a list of them."""
        return value.split(",") if isinstance(value, str) else value

    @field_validator("proxies", "editors")
    @classmethod
    def _stripped(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if value is None else tuple(filter(None, map(str.strip, value)))

    @field_validator("proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            ip_network(one, strict=False)
        return value

    @field_validator("root_path")
    @classmethod
    def _root_path(cls, value: str) -> str:
        """A path from ``/`` on, or an address of the web; without a slash at the end."""
        stripped = value.rstrip("/")
        if not _ROOT.fullmatch(stripped):
            raise ValueError("a path like /policies, or https://host/path, is expected")
        return stripped

    @field_validator("rate_limit")
    @classmethod
    def _rate_limit(cls, value: str) -> str:
        from limits import parse_many  # noqa: PLC0415 - only where a rate is given

        try:
            return value if not value.strip() or parse_many(value) else ""
        except ValueError as error:
            raise ValueError("a rate like 60/minute is expected") from error

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @classmethod
    def load(cls, **arguments: Any) -> Self:
        """The settings with ``arguments`` over environment, file and defaults; an argument that is
        ``None`` counts as not given. Raises :class:`SettingsError`."""
        given = {name: value for name, value in arguments.items() if value is not None}
        unknown = sorted(
            name
            for name in os.environ
            if name.startswith("ASSISTANT_")
            and name.removeprefix("ASSISTANT_").lower() not in cls.model_fields
        )
        if unknown:
            raise SettingsError(
                f"There is no setting {unknown[0]}.",
                f"Settings: {', '.join(f'ASSISTANT_{name.upper()}' for name in cls.model_fields)}.",
            )
        try:
            return cls(**given)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(map(str, first["loc"]))
            raise SettingsError(
                f"Setting {name} = {first.get('input')!r}: {first['msg'].lower()}.",
                f"Correct it in {SETTINGS_FILE}, the environment (ASSISTANT_{name.upper()}) or the "
                "argument.",
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(
                f"{SETTINGS_FILE}: {error}.", "Correct the file; it is TOML in UTF-8 without a BOM."
            ) from error
