"""The page to draw on, in a real browser: what a person does with mouse, finger, keyboard and photographs."""

import re
import shutil

import numpy as np
import pytest

from pipeline_components.ingest.png import png
from pipeline_components.store import Store
from tests.kits.serving import Running, corrections, put_version, test_images
from tests.kits.strokes import strokes_of

pytestmark = [pytest.mark.browser, pytest.mark.mnist]
test_images.__test__ = False

EACH = 3
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.fixture(scope="module")
def trained(server, saved_models, mnist_dir):
    """A server whose current version recognises digits."""
    server.wait_for(put_version(server.folder, None, saved_models / "trained"))
    return server


@pytest.fixture
def open_page(chromium, trained):
    """Opens the page; afterwards nothing was asked of others, nothing broke the policy, no script failed."""
    contexts, requests, complaints = [], [], []

    def open_(**look):
        context = chromium.new_context(**({"viewport": {"width": 1000, "height": 760}} | look))
        contexts.append(context)
        context.on("request", lambda request: requests.append(request.url))
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("filechooser", lambda chooser: None)  # caught from the start: asked for later, the first may slip by
        page.goto(trained.url)
        page.locator("#version[data-state=serving]").wait_for()
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [url for url in requests if not url.startswith(trained.url)] == []
    assert [text for text in complaints if "status of 422" not in text] == []


@pytest.fixture(scope="module")
def evaluated_page(finished, tmp_path_factory):
    """The address of a server of a model that a run has judged, and what it found."""
    folder = tmp_path_factory.mktemp("evaluated")
    store = Store(shutil.copytree(finished, folder / "store", symlinks=True))
    server = Running(store.root, log=folder / "log")
    server.wait_for(1)
    yield server.url, store.artifact("evaluate/1").manifest.facts
    server.stop()


@pytest.fixture(scope="module")
def digits(mnist_dir):
    """The first EACH test images of every digit, and their labels."""
    images, labels = test_images(mnist_dir)
    index = np.sort(np.concatenate([np.flatnonzero(labels == digit)[:EACH] for digit in range(10)]))
    return images[index], labels[index]


def draw(page, strokes):
    """With the mouse."""
    box = page.locator("#canvas").bounding_box()
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def answer(page):
    """The digit that the page shows, once it shows the answer to all that was drawn."""
    page.locator("#result[aria-busy=false]").wait_for()
    return page.locator("#digit").inner_text()


def photograph(image):
    """Dark ink on light paper, larger, and not in the middle."""
    paper = np.full((300, 400), 215, np.uint8)
    paper[30:254, 120:344] -= (np.kron(image, np.ones((8, 8), np.uint8)) * 0.7).astype(np.uint8)
    return png(paper[..., None])


def test_ten_digits_drawn_with_the_mouse_are_recognised(open_page, digits):
    page = open_page()
    wrong = []
    for image, label in zip(*digits, strict=True):
        draw(page, strokes_of(image))
        if (shown := answer(page)) != str(label):
            wrong.append(f"{label} taken for {shown}")
        page.locator("#clear").click()
        assert answer(page) == ""
    assert len(wrong) <= 0.05 * len(digits[1]), wrong


def test_bars_pixels_and_words_agree(open_page, digits):
    page = open_page()
    draw(page, strokes_of(digits[0][0]))
    shown = answer(page)
    first = page.locator("#bars .first")
    assert first.locator(".name").inner_text() == shown
    assert re.fullmatch(r"(> )?\d+(\.\d)? %", page.locator("#confidence").inner_text())
    labels = page.locator("#bars li").evaluate_all("rows => rows.map(row => row.ariaLabel)")
    assert [label.split(":")[0] for label in labels] == list("0123456789")
    assert sum(int(re.search(r"(\d+) percent", label)[1]) for label in labels) == pytest.approx(100, abs=5)
    seen = page.evaluate("[...document.getElementById('seen').getContext('2d').getImageData(0, 0, 28, 28).data]")
    pixels = np.array(seen).reshape(28, 28, 4)
    assert pixels[..., 0].max() == 255
    assert (pixels[..., 3] == 255).all()
    assert 20 < (pixels[..., 0] > 127).sum() < 250
    page.locator("#spoken", has_text=f"{NAMES[int(shown)]}, ").wait_for()


def test_undo_and_clear(open_page):
    page = open_page()
    draw(page, [[(0.5, 0.2), (0.5, 0.5), (0.5, 0.8)]])
    assert answer(page) == "1"
    draw(page, [[(0.3, 0.2), (0.5, 0.2)], [(0.2, 0.5), (0.8, 0.5)]])
    page.keyboard.press("Control+z")
    page.locator("#undo").click()
    assert answer(page) == "1"
    page.locator("#clear").click()
    assert answer(page) == ""
    page.keyboard.press("Control+z")
    assert answer(page) == "1"


def test_keyboard_alone(open_page):
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "canvas"
    page.keyboard.press("Space")
    for _ in range(14):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert answer(page) == "1"
    page.locator("#spoken", has_text="one, ").wait_for()
    page.keyboard.press("c")
    assert answer(page) == ""
    with page.expect_file_chooser():
        page.keyboard.press("p")


def test_photographs_dropped_pasted_and_chosen(open_page, digits):
    page = open_page()
    images, labels = digits
    for how, image, label in zip(("drop", "paste", "choose"), images[:3], labels[:3], strict=True):
        hand_over(page, how, photograph(image))
        page.locator("#digit", has_text=str(label)).wait_for()
        page.locator("#clear").click()


def hand_over(page, how, content, name="digit.png"):
    if how == "choose":
        page.locator("#file").set_input_files({"name": name, "mimeType": "image/png", "buffer": content})
        return
    page.evaluate(
        """([how, bytes, name]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
            document.dispatchEvent(how === "drop"
                ? new DragEvent("drop", { dataTransfer: data, cancelable: true })
                : new ClipboardEvent("paste", { clipboardData: data, cancelable: true }));
        }""",
        [how, list(content), name],
    )


def test_what_is_no_digit_is_told_in_words(open_page):
    page = open_page()
    hand_over(page, "drop", b"%PDF-1.7", "letter.pdf")
    page.locator("#message.problem", has_text="letter.pdf").wait_for()
    hand_over(page, "drop", png(np.full((200, 200, 1), 230, np.uint8)))
    page.locator("#message.problem", has_text="blank").wait_for()
    assert page.locator("#digit").inner_text() == ""


def test_a_new_version_shows_while_the_page_is_open(open_page, server, saved_models):
    page = open_page()
    draw(page, [[(0.5, 0.2), (0.5, 0.5), (0.5, 0.8)]])
    assert answer(page) == "1"
    before = page.locator("#version").inner_text()
    number = put_version(server.folder, None, saved_models / "b")
    page.locator("#version", has_text=f"version {number}").wait_for()
    page.locator("#digit:not(.sure)").wait_for()
    number = put_version(server.folder, None, saved_models / "trained")
    page.locator("#version", has_text=f"version {number}").wait_for()
    page.locator("#digit.sure", has_text="1").wait_for()
    assert before != f"version {number}"


def test_a_page_with_no_model_behind_it_says_so_until_one_is_served(chromium, saved_models, tmp_path):
    server = Running(tmp_path / "store", log=tmp_path / "log")
    context = chromium.new_context()
    page = context.new_page()
    try:
        page.goto(server.url)
        page.get_by_text("No model is served yet: digits run serves one").wait_for()
        assert page.locator("#version").inner_text() == "no version served yet"
        assert "no model is served yet: digits run serves one" in server.log.read_text()
        put_version(server.folder, 1, saved_models / "a")
        page.get_by_text("The answer appears while you draw.").wait_for(timeout=120_000)
        assert page.locator("#version").inner_text() == "version 1"
    finally:
        context.close()
        server.stop()


def test_corrections_are_saved(open_page, server):
    page = open_page()
    draw(page, [[(0.5, 0.2), (0.5, 0.5), (0.5, 0.8)]])
    assert answer(page) == "1"
    page.get_by_label("It was a 7").click()
    page.locator("#saved", has_text="Saved as a 7").wait_for()
    correction = corrections(server.folder.parent.parent / "feedback")[-1]
    assert correction["label"] == 7
    assert 20 < (correction["pixels"] > 127).sum() < 150


def small(page):
    """The labels of the corrections' buttons that are too small for a finger: under 24 pixels (WCAG 2.2, 2.5.8)."""
    code = "all => all.filter(b => b.offsetWidth < 24 || b.offsetHeight < 24).map(b => b.textContent)"
    labels = page.locator("#labels button:visible")
    labels.last.wait_for()
    return labels.evaluate_all(code)


@pytest.mark.parametrize("width", [320, 360, 390, 768])
def test_the_page_fits_and_a_finger_draws(open_page, width):
    page = open_page(viewport={"width": width, "height": 740}, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("#canvas").bounding_box()
    touch = page.context.new_cdp_session(page)
    for kind, y in (
        ("touchStart", 0.2),
        ("touchMove", 0.4),
        ("touchMove", 0.6),
        ("touchMove", 0.8),
        ("touchEnd", None),
    ):
        at = [] if y is None else [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] * y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
    assert answer(page) == "1"
    assert page.evaluate("scrollY") == 0
    low = page.locator("button:visible").evaluate_all("all => all.filter(b => b.offsetHeight < 40).map(b => b.id)")
    assert low == small(page) == []


@pytest.mark.parametrize(("width", "height"), [(568, 320), (667, 375), (740, 360), (844, 390)])
def test_on_a_phone_on_its_side_pad_buttons_and_answer_are_in_reach(open_page, width, height):
    page = open_page(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True)
    draw(page, [[(0.5, 0.2), (0.5, 0.5), (0.5, 0.8)]])
    assert answer(page) == "1"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name in ("#canvas", "#undo", "#clear", "#choose", "#digit", "#confidence", "#bars"):
        box = page.locator(name).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width, name
        assert box["y"] >= 0 and box["y"] + box["height"] <= height, name
    assert small(page) == []


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (1000, 760), (400, 800), (320, 640), (568, 320)])
def test_the_page_says_which_model_answers_and_how_good_it_is(chromium, evaluated_page, width, height):
    url, facts = evaluated_page
    context = chromium.new_context(viewport={"width": width, "height": height})
    try:
        page = context.new_page()
        page.goto(url)
        page.locator("#model b", has_text="train/1").wait_for()
        low, accuracy, high = (f"{100 * facts[name]:.2f}" for name in ("accuracy_low", "accuracy", "accuracy_high"))
        assert page.locator("#model").inner_text() == (
            f"train/1 reads {accuracy} % of 1,000 test images right (95 % interval {low} to {high} %, mnist_sample)"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    finally:
        context.close()
