// The window and the lamp that every portrait has in its eyes.

import {
  BackSide,
  Mesh,
  MeshBasicMaterial,
  PlaneGeometry,
  PMREMGenerator,
  Scene,
  SphereGeometry,
  type WebGLRenderer,
  type WebGLRenderTarget,
} from "three";

/** Surroundings for wet surfaces; whoever asks disposes of them. */
export function glints(renderer: WebGLRenderer): WebGLRenderTarget {
  const room = new Scene();
  const add = (mesh: Mesh<PlaneGeometry | SphereGeometry, MeshBasicMaterial>, brightness: number): void => {
    mesh.material.color.setScalar(brightness);
    mesh.lookAt(0, 0, 0);
    room.add(mesh);
  };
  const pane = new Mesh(new PlaneGeometry(2.2, 2.6), new MeshBasicMaterial());
  pane.position.set(-2.3, 2.0, 4.0);
  const lamp = new Mesh(new SphereGeometry(0.45, 12, 8), new MeshBasicMaterial());
  lamp.position.set(2.0, -2.0, 4.0);
  add(new Mesh(new SphereGeometry(10, 12, 8), new MeshBasicMaterial({ side: BackSide })), 0.04);
  add(pane, 18);
  add(lamp, 6);
  const generator = new PMREMGenerator(renderer);
  const made = generator.fromScene(room, 0, 0.1, 20);
  generator.dispose();
  room.traverse((part) => {
    if (!(part instanceof Mesh)) return;
    part.geometry.dispose();
    part.material.dispose();
  });
  return made;
}
