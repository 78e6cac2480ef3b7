# SPDX-License-Identifier: LGPL-2.1-or-later
# What editors and type checkers read about gi.repository.Qs.

import datetime
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Any

from gi.repository import Gio, GLib, GObject

# None is possible, but who uses the value knows that it isn't.
MaybeNone = Any

Data = bytes | bytearray | memoryview | str | GLib.Bytes | None
Value = Any
HeadersLike = Mapping[str, Data] | Iterable[tuple[str, Data]] | 'Headers' | None
SerializerLike = str | Callable[[Value], bytes | str] | 'Serializer'
Strings = Mapping[str, object] | Iterable[tuple[str, object]]

class AutoOffsetReset(GObject.GEnum):
    LATEST: AutoOffsetReset
    EARLIEST: AutoOffsetReset
    ERROR: AutoOffsetReset

class ErrorHandling(GObject.GEnum):
    FAIL: ErrorHandling
    SKIP: ErrorHandling
    DEAD_LETTER: ErrorHandling

class Isolation(GObject.GEnum):
    AUTO: Isolation
    PROCESS: Isolation
    THREAD: Isolation

class ProcessingGuarantee(GObject.GEnum):
    AT_LEAST_ONCE: ProcessingGuarantee
    EXACTLY_ONCE: ProcessingGuarantee

class SourceStatus(GObject.GEnum):
    IDLE: SourceStatus
    STARTING: SourceStatus
    RECOVERING: SourceStatus
    RUNNING: SourceStatus
    PAUSED: SourceStatus
    STOPPING: SourceStatus
    FINISHED: SourceStatus
    FAILED: SourceStatus

class Verdict(GObject.GEnum):
    INVALID: Verdict
    KEEP: Verdict
    DROP: Verdict

class TopicConfig:
    num_partitions: int
    replication_factor: int
    extra_config: Mapping[str, object]
    def __init__(self, num_partitions: int = -1, replication_factor: int = -1,
                 extra_config: Mapping[str, object] | None = None) -> None: ...

class Headers:
    def __init__(self, headers: HeadersLike = None) -> None: ...
    def append(self, name: str, value: Data) -> None: ...
    def items(self) -> list[tuple[str, bytes | None]]: ...
    def copy(self) -> Headers: ...
    def get_length(self) -> int: ...
    def get_name(self, index: int) -> str: ...
    def get_value(self, index: int) -> bytes | None: ...
    def lookup(self, name: str) -> bytes | None: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[tuple[str, bytes | None]]: ...
    def __contains__(self, name: object) -> bool: ...
    def __getitem__(self, name: str) -> bytes | None: ...

class Message(GObject.Object):
    key: bytes | MaybeNone
    value: bytes | MaybeNone
    headers: Headers | None
    timestamp: int
    topic: str | None
    partition: int
    offset: int
    rejection: str | None
    def __init__(self, key: Data = None, value: Data = None, headers: HeadersLike = None,
                 timestamp: int | None = None, partition: int | None = None) -> None: ...
    @staticmethod
    def new_rejected(key: GLib.Bytes | None, value: GLib.Bytes | None, headers: Headers | None,
                     timestamp: int, reason: str) -> Message: ...

class Record(GObject.Object):
    key: Value
    value: Value
    headers: Headers | None
    timestamp: int
    topic: str | None
    partition: int
    offset: int

class Serializer(GObject.GInterface):
    def do_serialize(self, value: Value) -> bytes | str: ...
    def do_deserialize(self, data: bytes) -> Value: ...
    def do_get_content_type(self) -> str | None: ...
    def serialize(self, value: Value) -> bytes: ...
    def deserialize(self, data: Data) -> Value: ...
    def get_content_type(self) -> str | None: ...
    @staticmethod
    def for_name(name: str) -> Serializer: ...

class Topic(GObject.Object):
    name: str
    key_serializer: Serializer
    value_serializer: Serializer
    n_partitions: int
    replication_factor: int
    config: dict[str, str] | None
    def __init__(self, name: str, config: TopicConfig | Strings | None = None, *,
                 key_serializer: SerializerLike = ..., value_serializer: SerializerLike = ...,
                 n_partitions: int = ..., replication_factor: int = ...) -> None: ...
    def serialize(self, key: Value = None, value: Value = None, headers: HeadersLike = None,
                  timestamp_ms: int | None = None, timestamp: int | None = None) -> Message: ...
    def deserialize(self, message: Message) -> Record: ...

class Producer(GObject.Object):
    n_in_flight: int
    n_acknowledged: int
    n_failed: int
    bytes_acknowledged: int
    def produce(self, topic: Topic, message: Message) -> bool: ...
    def flush(self, timeout: float) -> bool: ...

class BaseSource(GObject.Object):
    name: str
    shutdown_timeout: float
    topic: Topic | MaybeNone
    producer: Producer | MaybeNone
    producer_topic: Topic | MaybeNone
    _producer_topic: Topic | MaybeNone
    _producer: Producer | MaybeNone
    status: SourceStatus
    stats: SourceStats
    def __init__(self, name: str | None = None, shutdown_timeout: float = 10.0,
                 on_client_connect_success: Callable[[], object] | None = None,
                 on_client_connect_failure: Callable[[BaseException], object] | None = None,
                 **properties: Any) -> None: ...
    def do_configure(self, topic: Topic, producer: Producer) -> bool | None: ...
    def do_setup(self) -> bool | None | Awaitable[None]: ...
    def do_start(self) -> bool | None | Awaitable[None]: ...
    def do_stop(self) -> None: ...
    def do_default_topic(self) -> Topic: ...
    def configure(self, topic: Topic, producer: Producer, **ignored: Any) -> bool | None: ...
    def setup(self) -> bool | None | Awaitable[None]: ...
    def start(self) -> bool | None | Awaitable[None]: ...
    def stop(self) -> None: ...
    def default_topic(self) -> Topic: ...
    def init_client(self) -> bool: ...
    def is_stopping(self) -> bool: ...
    def wait(self, seconds: float | None = None) -> bool: ...
    def get_cancellable(self) -> Gio.Cancellable: ...
    def dup_error(self) -> GLib.Error | None: ...
    def get_error_detail(self) -> str | None: ...
    def set_error_detail(self, detail: str | None) -> None: ...

class SourceStats(GObject.Object):
    n_acknowledged: int
    bytes_acknowledged: int
    n_in_flight: int
    n_failed: int
    n_skipped: int
    n_dead_letters: int
    n_flushes: int
    last_flush_time: int
    n_restarts: int
    n_recovered: int
    n_to_recover: int
    recovery_rate: float

class Source(BaseSource):
    running: bool
    errors: ErrorHandling | str
    dead_letter_topic: Topic | str | None
    def do_run(self) -> bool | None | Awaitable[None]: ...
    def do_cleanup(self, failed: bool) -> bool | None: ...
    def do_flush(self, timeout: float) -> bool | None: ...
    def run(self) -> bool | None | Awaitable[None]: ...
    def cleanup(self, failed: bool = False) -> bool | None: ...
    def flush(self, timeout: float | None = None) -> bool | None: ...
    def serialize(self, key: Value = None, value: Value = None, headers: HeadersLike = None,
                  timestamp_ms: int | None = None, timestamp: int | None = None) -> Message: ...
    def produce(self, value: Message | Data = None, key: Data = None, headers: HeadersLike = None,
                partition: int | None = None, timestamp: int | None = None,
                poll_timeout: float | None = None,
                buffer_error_max_tries: int | None = None) -> bool: ...
    def produce_data(self, key: bytes | None = None, value: bytes | None = None,
                     timestamp: int = 0) -> bool: ...
    def produce_bytes(self, key: Data = None, value: Data = None, timestamp: int = 0) -> bool: ...
    def produce_value(self, key: Value = None, value: Value = None) -> bool: ...

class StatefulSource(Source):
    store_name: str
    n_partitions: int
    partition: int
    state: State
    def get_state(self) -> State: ...

class State(GObject.Object):
    def get(self, key: str, default: Value = None) -> Value: ...
    def set(self, key: str, value: Value, ttl: float | datetime.timedelta | None = None) -> bool: ...
    def get_bytes(self, key: str, default: bytes | None = None) -> bytes | None: ...
    def set_bytes(self, key: str, value: Data) -> bool: ...
    def exists(self, key: str) -> bool: ...
    def contains(self, key: str) -> bool: ...
    def delete(self, key: str) -> None: ...
    def remove(self, key: str) -> bool: ...
    def keys(self, prefix: str | None = None) -> list[str]: ...
    def items(self) -> list[tuple[str, Value]]: ...
    def __getitem__(self, key: str) -> Value: ...
    def __setitem__(self, key: str, value: Value) -> None: ...
    def __delitem__(self, key: str) -> None: ...
    def __contains__(self, key: object) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...

class Dataframe(GObject.Object):
    topic: Topic | MaybeNone
    def apply(self, function: Callable[..., Value]) -> Dataframe: ...
    def filter(self, function: Callable[..., object]) -> Dataframe: ...
    def update(self, function: Callable[..., object]) -> Dataframe: ...
    def sink(self, function: Callable[..., object]) -> Dataframe: ...
    def to_topic(self, topic: Topic | str) -> Dataframe: ...
    def print(self, metadata: bool = False, pretty: bool | None = None) -> Dataframe: ...

class EmbeddedBroker(GObject.Object):
    address: str | None
    n_brokers: int
    def __init__(self, n_brokers: int = 1) -> None: ...
    def start(self) -> bool: ...
    def create_topic(self, name: str, n_partitions: int = 1) -> bool: ...
    def dup_messages(self, topic: Topic | str, n_max: int = 0) -> list[Message]: ...
    def push_error(self, api: int, codes: list[int]) -> None: ...
    def broker_down(self, broker_id: int) -> None: ...
    def broker_up(self, broker_id: int) -> None: ...
    def set_rtt(self, broker_id: int, rtt: float) -> None: ...

class Application(GObject.Object):
    auto_create_topics: bool
    auto_offset_reset: AutoOffsetReset | str
    broker_address: str
    broker_availability_timeout: float
    client_config: dict[str, str] | None
    commit_every: int
    commit_interval: float
    consumer_config: dict[str, str] | None
    consumer_group: str
    drain: bool
    isolation: Isolation | str
    max_restarts: int
    n_ignored: int
    processing_guarantee: ProcessingGuarantee | str
    producer_config: dict[str, str] | None
    request_timeout: float
    restart_backoff: float
    rocksdb_options: dict[str, str] | None
    run_count: int
    run_timeout: float
    startup_timeout: float
    state_dir: str
    topic_create_timeout: float
    transaction_timeout: float
    use_changelog_topics: bool
    worker_argv: list[str] | None
    embedded_broker: EmbeddedBroker | MaybeNone
    def __init__(self, broker_address: str | None = None, consumer_group: str | None = None,
                 **properties: Any) -> None: ...
    def topic(self, name: str, value_deserializer: SerializerLike | None = None,
              key_deserializer: SerializerLike | None = None,
              value_serializer: SerializerLike | None = None,
              key_serializer: SerializerLike | None = None,
              config: TopicConfig | Strings | None = None) -> Topic: ...
    def add_source(self, source: BaseSource, topic: Topic | str | None = None) -> Topic: ...
    def dataframe(self, topic: Topic | str | None = None,
                  source: BaseSource | None = None) -> Dataframe: ...
    def run(self, cancellable: Gio.Cancellable | None = None, timeout: float | None = None,
            count: int | None = None) -> bool: ...
    def run_async(self, cancellable: Gio.Cancellable | None = None,
                  callback: Callable[..., object] | None = None, *user_data: object) -> None: ...
    def run_finish(self, result: Gio.AsyncResult) -> bool: ...
    def stop(self) -> None: ...
    def clear_state(self) -> bool: ...
    def pause_source(self, source: BaseSource) -> bool: ...
    def resume_source(self, source: BaseSource) -> bool: ...
    def restart_source(self, source: BaseSource) -> bool: ...
    def stop_source(self, source: BaseSource) -> bool: ...

class ApplicationError(GObject.GEnum):
    FAILED: ApplicationError
    NOT_CONFIGURED: ApplicationError
    DUPLICATE: ApplicationError
    RUNNING: ApplicationError
    NOT_RUNNING: ApplicationError
    NOT_FOUND: ApplicationError

class KafkaError(GObject.GEnum):
    FAILED: KafkaError
    INVALID_CONFIG: KafkaError
    UNAVAILABLE: KafkaError
    AUTHENTICATION: KafkaError
    NOT_AUTHORIZED: KafkaError
    TIMED_OUT: KafkaError
    DELIVERY: KafkaError
    MESSAGE_TOO_LARGE: KafkaError
    UNKNOWN_TOPIC: KafkaError
    TOPIC_EXISTS: KafkaError
    INVALID_TOPIC: KafkaError
    TOPIC_MISMATCH: KafkaError
    FENCED: KafkaError
    INVALID_STATE: KafkaError
    TRANSACTION: KafkaError
    REJECTED: KafkaError

class SerializationError(GObject.GEnum):
    FAILED: SerializationError
    UNKNOWN_SERIALIZER: SerializationError
    UNSUPPORTED_TYPE: SerializationError
    OUT_OF_RANGE: SerializationError
    INVALID_DATA: SerializationError

class SourceError(GObject.GEnum):
    FAILED: SourceError
    NOT_CONFIGURED: SourceError
    NOT_IMPLEMENTED: SourceError
    INVALID_STATE: SourceError
    DIED: SourceError
    NOT_STARTED: SourceError
    KILLED: SourceError

class StateError(GObject.GEnum):
    FAILED: StateError
    INVALID: StateError
    WRONG_THREAD: StateError
    LOCKED: StateError
    CORRUPT: StateError
    MISMATCH: StateError
    MALFORMED: StateError
    RECOVERY: StateError
    UNSUPPORTED_TYPE: StateError
    WRONG_TYPE: StateError
    INVALID_KEY: StateError
    TOO_LARGE: StateError


def application_error_quark() -> int: ...
def kafka_error_quark() -> int: ...
def serialization_error_quark() -> int: ...
def source_error_quark() -> int: ...
def state_error_quark() -> int: ...
def check_version(major: int, minor: int) -> bool: ...

MAJOR_VERSION: int
MINOR_VERSION: int
