"""docker/kubernetes: valid for the API, hardened, and fitting one another."""

from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

FOLDER = Path(__file__).parents[2] / "docker" / "kubernetes"
FILE = FOLDER / "serving.yaml"
LABELS = {"app.kubernetes.io/name": "digits-serving"}


def manifests() -> dict[str, dict[str, Any]]:
    return {each["kind"]: each for each in yaml.safe_load_all(FILE.read_text())}


def pod() -> dict[str, Any]:
    found: dict[str, Any] = manifests()["Deployment"]["spec"]["template"]
    return found


@pytest.mark.parametrize("version", ["1.30", kubernetes_validate.latest_version()])
def test_every_manifest_is_what_the_api_takes_and_no_field_is_unknown_to_it(version: str) -> None:
    kinds = {"Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy"}
    assert set(manifests()) == kinds
    for each in manifests().values():
        kubernetes_validate.validate(each, version, strict=True)


def test_a_field_that_the_api_does_not_know_is_found() -> None:
    wrong = manifests()["Deployment"]
    wrong["spec"]["template"]["spec"]["containers"][0]["readinesProbe"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="readinesProbe"):
        kubernetes_validate.validate(wrong, kubernetes_validate.latest_version(), strict=True)


def test_everything_selects_the_pods_of_the_deployment() -> None:
    found = manifests()
    assert pod()["metadata"]["labels"] == LABELS
    assert found["Deployment"]["spec"]["selector"]["matchLabels"] == LABELS
    assert found["Service"]["spec"]["selector"] == LABELS
    assert found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == LABELS
    assert found["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == LABELS
    assert found["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == found["Deployment"]["metadata"]["name"]


def test_no_pod_is_root_writes_to_its_image_or_may_become_more() -> None:
    assert pod()["spec"]["securityContext"]["runAsNonRoot"] is True
    assert pod()["spec"]["automountServiceAccountToken"] is False
    (container,) = pod()["spec"]["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {each["mountPath"] for each in container["volumeMounts"]} == {"/store", "/tmp"}


def test_a_server_without_a_model_is_not_ended() -> None:
    (container,) = pod()["spec"]["containers"]
    assert container["readinessProbe"]["httpGet"] == {"path": "/health", "port": "http"}
    assert "httpGet" not in container["livenessProbe"]


@pytest.mark.parametrize("version", ["1.30", kubernetes_validate.latest_version()])
@pytest.mark.parametrize("file", ["logs.yaml", "training.yaml"])
def test_volumes_and_the_training_pod_are_what_the_api_takes(version: str, file: str) -> None:
    for each in yaml.safe_load_all((FOLDER / file).read_text()):
        kubernetes_validate.validate(each, version, strict=True)


def test_the_training_pod_and_the_charts_values_name_what_is_there() -> None:
    values = yaml.safe_load((FOLDER / "airflow.yaml").read_text())
    training = yaml.safe_load((FOLDER / "training.yaml").read_text())["spec"]
    (container,) = training["containers"]
    claims = {each["metadata"]["name"] for each in yaml.safe_load_all((FOLDER / "logs.yaml").read_text())}
    volumes = [
        each["persistentVolumeClaim"]["claimName"] for each in training["volumes"] if "persistentVolumeClaim" in each
    ]
    assert set(volumes) == claims == {values["logs"]["persistence"]["existingClaim"]}
    assert {each["mountPath"] for each in container["volumeMounts"]} >= {"/store", "/airflow/logs", "/tmp"}
    assert container["image"] == ":".join(values["images"]["airflow"].values())
    environment = {each["name"]: each["value"] for each in values["env"]}
    assert environment["DIGITS_TRAINING_POD"] == "/pods/training.yaml"
    assert values["scheduler"]["extraVolumeMounts"][0]["mountPath"] == "/pods"
    secrets = {values[name] for name in ("fernetKeySecretName", "apiSecretKeySecretName", "jwtSecretName")}
    assert (
        secrets == {values["data"]["metadataSecretName"]} == {container["env"][1]["valueFrom"]["secretKeyRef"]["name"]}
    )
    pinned = (FOLDER.parents[1] / "requirements.lock").read_text()
    assert f"apache-airflow=={values['airflowVersion']} " in pinned
