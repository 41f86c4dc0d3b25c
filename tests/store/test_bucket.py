import pytest

from pipeline_components.errors import BadConfig, BucketUnreachable, StoreError
from pipeline_components.store.bucket import Bucket, Exists, checked_address
from tests.kits.bucket import SECRET, free_port, in_memory


def test_created_once_and_known_again_by_its_writer(bucket):
    bucket.create("a/1.json", b"first")
    bucket.create("a/1.json", b"first")  # a retry whose first answer was lost
    with pytest.raises(Exists):
        bucket.create("a/1.json", b"second")
    assert bucket.get("a/1.json") == b"first"


def test_listed_in_order_after_a_name(bucket):
    for name in ("b/3", "b/1", "b/2", "c/1"):
        bucket.put(name, name.encode())
    assert [each.path for each in bucket.list("b")] == ["b/1", "b/2", "b/3"]
    assert [each.path for each in bucket.list("b", after="b/1")] == ["b/2", "b/3"]
    assert bucket.list("nothing") == []


def test_what_is_not_there_is_none_and_may_be_deleted(bucket):
    assert bucket.get("nothing") is None
    assert bucket.head("nothing") is None
    bucket.delete("nothing")
    bucket.put("something", b"12345")
    assert bucket.head("something").size_bytes == 5
    bucket.delete("something")
    assert bucket.get("something") is None


def test_a_file_comes_back_in_pieces(bucket, tmp_path):
    (tmp_path / "large").write_bytes(bytes(range(256)) * 40_000)  # more than one part
    bucket.put("files/large", tmp_path / "large")
    assert b"".join(bucket.chunks("files/large")) == (tmp_path / "large").read_bytes()
    with pytest.raises(FileNotFoundError):
        list(bucket.chunks("files/none"))


@pytest.mark.parametrize(
    "address", ["http://a/b", "bucket", "s3://", "file://", f"s3://key:{SECRET}@bucket/a", f"az://a/b?sig={SECRET}"]
)
def test_another_address_is_refused_without_quoting_it(address):
    with pytest.raises(BadConfig) as told:
        checked_address(address)
    assert SECRET not in str(told.value)
    assert checked_address("s3://bucket/prefix/") == "s3://bucket/prefix"


def test_an_unreachable_bucket_is_one_line_without_secrets(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    bucket = Bucket.at("s3://digits/tests", wait_s=1)
    for ask in (bucket.get, bucket.list, lambda path: bucket.put(path, b""), lambda path: bucket.create(path, b"")):
        with pytest.raises(BucketUnreachable, match=r"^s3://digits/tests: does not answer") as told:
            ask("a/1.json")
        assert SECRET not in str(told.value) and "\n" not in str(told.value)


def test_wrong_credentials_are_told_from_the_network(s3, monkeypatch):
    for name, value in (s3 | {"AWS_SECRET_ACCESS_KEY": "another"}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StoreError, match="check the credentials"):
        Bucket.at("s3://digits/tests", wait_s=1).get("a")


def test_calls_are_counted():
    bucket = in_memory()
    bucket.put("a", b"")
    bucket.get("a")
    bucket.get("b")
    assert bucket.requests == {"put": 1, "get": 2}
