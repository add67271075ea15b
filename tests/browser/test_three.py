"""An exported head in a real browser, through three.js as anybody else would load it."""

from __future__ import annotations

import functools
import http.server
import threading
from pathlib import Path

import pytest

from mien.core.arkit import COEFFICIENTS
from mien.studio import Studio
from mien.studio.export import glb

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("weights")]

THREE = Path(__file__).parents[2] / "web/node_modules/three"
PAGE = """<!doctype html>
<title>three</title>
<script type="importmap">
  {"imports": {"three": "/three/build/three.module.js", "three/addons/": "/three/examples/jsm/"}}
</script>
<canvas id="canvas" width="128" height="128"></canvas>
<script type="module">
  import * as THREE from "three";
  import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
  const { scene } = await new GLTFLoader().loadAsync("/head.glb");
  const parts = {};
  scene.traverse((part) => { if (part.isMesh) parts[part.name] = part; });
  const place = (name, vertex) => {
    scene.updateMatrixWorld(true);
    return parts[name].localToWorld(parts[name].getVertexPosition(vertex, new THREE.Vector3()));
  };
  const renderer = new THREE.WebGLRenderer({ canvas, antialias: true, preserveDrawingBuffer: true });
  const camera = new THREE.PerspectiveCamera(20, 1, 0.05, 5);
  camera.position.set(0, -0.02, 0.95);
  const stage = new THREE.Scene();
  stage.add(new THREE.HemisphereLight(0xffffff, 0xffffff, 3), scene);
  window.three = {
    names: Object.fromEntries(
      Object.entries(parts).map(([name, part]) => [name, Object.keys(part.morphTargetDictionary ?? {})])),
    pose(coefficients) {
      for (const part of Object.values(parts)) {
        for (const [name, index] of Object.entries(part.morphTargetDictionary ?? {})) {
          part.morphTargetInfluences[index] = coefficients[name] ?? 0;
        }
      }
    },
    lowest(name) {
      let low = Infinity;
      for (let k = 0; k < parts[name].geometry.attributes.position.count; k++) low = Math.min(low, place(name, k).y);
      return low;
    },
    box: () => {
      scene.updateMatrixWorld(true);
      return new THREE.Box3().setFromObject(scene, true).getSize(new THREE.Vector3()).toArray();
    },
    draw() {
      renderer.render(stage, camera);
      const bytes = new Uint8Array(128 * 128 * 4);
      const gl = renderer.getContext();
      gl.readPixels(0, 0, 128, 128, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
      return Array.from(bytes.filter((_, k) => k % 4 !== 3));
    },
    pictures: Object.values(parts).filter((part) => part.material.map?.image?.width > 0).map((part) => part.name),
    correctives: scene.children[0].userData.mien.correctives.length,
  };
</script>
"""


class Files(http.server.SimpleHTTPRequestHandler):
    """A page, a head and three.js, all from this machine."""

    def __init__(self, *arguments, head: bytes, **more):
        self.head = head
        super().__init__(*arguments, directory=str(THREE.parent), **more)

    def do_GET(self):
        known = {"/": (PAGE.encode(), "text/html"), "/head.glb": (self.head, "model/gltf-binary")}
        if self.path not in known:
            super().do_GET()
            return
        body, kind = known[self.path]
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        """Keep the test's output clean."""


@pytest.fixture(scope="module")
def head(graphical):
    """Elena in three.js."""
    if not THREE.is_dir():
        pytest.fail("three.js is not installed. Run: python web/build.py")
    handler = functools.partial(Files, head=glb(Studio(), "elena"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = graphical.new_page()
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"http://127.0.0.1:{server.server_port}/")
    page.wait_for_function("() => window.three", timeout=60_000)
    yield page
    page.close()
    server.shutdown()
    server.server_close()
    assert [c for c in complaints if "favicon" not in c and "404" not in c] == []


def test_every_part_that_moves_answers_to_the_52_names(head):
    names = head.evaluate("three.names")
    assert set(names) >= {"skin", "mouth", "teeth", "lashes", "eyes", "hair"}
    for part in ("skin", "mouth", "teeth", "lashes", "eyes"):
        assert names[part] == list(COEFFICIENTS)
    assert names["hair"] == []


def test_it_is_a_head_of_life_size_with_its_pictures_and_correctives(head):
    wide, high, deep = head.evaluate("three.box()")
    assert 0.2 < deep < wide < 0.6
    assert 0.3 < high < 0.6
    assert set(head.evaluate("three.pictures")) == {"skin", "eyes"}
    assert head.evaluate("three.correctives") > 5


def test_an_open_jaw_lowers_teeth_and_lips_in_the_browser(head):
    head.evaluate("three.pose({})")
    rest = head.evaluate("three.lowest('teeth')")
    head.evaluate("three.pose({ jawOpen: 1 })")
    # A third of the distance between the eyes, in metres.
    assert rest - head.evaluate("three.lowest('teeth')") > 0.015
    head.evaluate("three.pose({})")
    assert head.evaluate("three.lowest('teeth')") == pytest.approx(rest, abs=1e-6)


def test_what_is_drawn_changes_with_the_expression(head):
    pictures = []
    for coefficients in ({}, {"jawOpen": 0.8}, {"eyeBlinkLeft": 1.0}):
        head.evaluate("c => three.pose(c)", coefficients)
        pictures.append(head.evaluate("three.draw()"))
    rest, jaw, blink = pictures
    assert sum(v > 40 for v in rest) > 0.15 * len(rest)
    for other in (jaw, blink):
        assert sum(abs(a - b) > 12 for a, b in zip(rest, other, strict=True)) > 30
