"""The page to draw on, and what it asks for: a digit recognised from an image, a correction kept."""

import base64
import binascii
import hashlib
from importlib import resources

import msgspec
import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from pipeline_components.data.exported_model import NORMALISE, SERVE_IMAGES, SERVING_DEFAULT
from pipeline_components.serving.answering import Answering
from pipeline_components.serving.contract import RequestError
from pipeline_components.serving.feedback import Correction, Feedback
from pipeline_components.serving.guard import JSON
from pipeline_components.serving.loading import LoadedVersion

PAGE = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}


class Drawing:
    """The page's routes. Corrections are kept only when there is a `feedback`."""

    def __init__(self, answering: Answering, feedback: Feedback | None) -> None:
        self._answering = answering
        self._feedback = feedback
        folder = resources.files(__package__) / "page"
        self._files = {path: ((folder / name).read_bytes(), kind) for path, (name, kind) in PAGE.items()}

    async def page(self, request: Request) -> Response:
        """A file of the page; 304 when the browser has it already."""
        content, kind = self._files[request.url.path]
        headers = {"ETag": f'"{hashlib.sha256(content).hexdigest()[:16]}"', "Cache-Control": "no-cache"}
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=kind)

    async def recognise(self, request: Request) -> Response:
        """`{"version", "digit", "confidence", "probabilities", "seen"}` for the PNG or JPEG in the body.

        `seen` is the 28×28 image that the network was given, 784 bytes in base64; null if the version cannot show it.
        """
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("image/png", "image/jpeg"):
            raise RequestError(415, f"content type {kind!r} found; image/png or image/jpeg expected")
        image = await self._answering.body(request)
        version = self._answering.current()
        outputs, seen = await self._look(version, image)
        body = {"version": version.number} | {name: value[0].tolist() for name, value in outputs.items()}
        body["seen"] = None if seen is None else base64.b64encode(seen.tobytes()).decode()
        return Response(msgspec.json.encode(body), media_type=JSON)

    async def correct(self, request: Request) -> Response:
        """Keep `{"image": base64, "label": 7}`; answers `{"id": …}`. 404 unless the server was told to keep any."""
        if self._feedback is None:
            raise RequestError(404, "corrections are not kept: start the server with --feedback DIR")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            raise RequestError(415, f"content type {JSON} expected")
        if not _is_of_our_page(request):
            raise RequestError(403, "corrections come from this server's own page")
        image, label = _correction(await self._answering.body(request))
        version = self._answering.current()
        outputs, seen = await self._look(version, image)
        if not 0 <= label < outputs["probabilities"].shape[1]:
            raise RequestError(422, f"label {label} found, 0 to {outputs['probabilities'].shape[1] - 1} expected")
        said = {name: outputs[name][0].item() for name in ("digit", "confidence")}
        facts = {"label": label, **said, "version": version.number}
        saved = await self._answering.in_thread(self._feedback.save, image, facts, seen)
        self._answering.metrics.feedback.inc()
        return Response(msgspec.json.encode({"id": saved}), 201, media_type=JSON)

    async def _look(self, version: LoadedVersion, image: bytes) -> tuple[dict[str, np.ndarray], np.ndarray | None]:
        """The outputs for one encoded image, and the image as the network saw it."""
        batch = np.empty(1, object)
        batch[0] = image
        if NORMALISE not in version.signatures:
            return await self._answering.run(version, SERVE_IMAGES, batch), None
        ((seen,),) = (await self._answering.run(version, NORMALISE, batch)).values()
        return await self._answering.run(version, SERVING_DEFAULT, seen[None]), seen


def _is_of_our_page(request: Request) -> bool:
    """Whether no other page sent it: browsers say where from, in one header or the other, and programs in neither."""
    site, origin = request.headers.get("sec-fetch-site", "none"), request.headers.get("origin")
    is_ours = origin is None or origin.partition("://")[2].lower() == request.headers.get("host", "").lower()
    return is_ours and site in ("same-origin", "none")


def _correction(body: bytes) -> tuple[bytes, int]:
    """The image and the label of a correction."""
    try:
        correction = msgspec.json.decode(body, type=Correction)
        return base64.b64decode(correction.image, validate=True), correction.label
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, binascii.Error, ValueError) as error:
        raise RequestError(400, f'not a correction {{"image": base64, "label": 7}}: {error}') from None
