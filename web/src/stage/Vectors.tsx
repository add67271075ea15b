import { useLayoutEffect, useRef } from "preact/hooks";

interface VectorsProps {
  /** A whole SVG document, as the service draws a character. */
  svg: string;
  /** The same for every picture of one character, unique on the page. */
  name: string;
  alt: string;
}

/**
 * A drawn character that moves all the time. From one picture to the next only what differs is written into the page:
 * an image of its own for each would be a document of its own for each, which costs twice as much.
 */
export function Vectors({ svg, name, alt }: VectorsProps) {
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (host.current) put(host.current, named(svg, name));
  }, [svg, name]);
  return <div ref={host} class="picture there" role="img" aria-label={alt} />;
}

/** With ids that stay from picture to picture; those of the service are new in each. */
function named(svg: string, name: string): string {
  const [, namespace] = /id="([^"]*-)\d+"/.exec(svg) ?? [];
  return namespace ? svg.replaceAll(namespace, `${name}-`) : svg;
}

const parser = new DOMParser();

function put(host: HTMLElement, svg: string): void {
  const wanted = parser.parseFromString(svg, "image/svg+xml").documentElement;
  const shown = host.firstElementChild;
  if (shown) follow(shown, wanted);
  else host.append(wanted);
}

/** Make what is shown equal to what is wanted, with as few changes as their order allows. */
function follow(shown: Element, wanted: Element): void {
  for (const { name } of [...shown.attributes]) if (!wanted.hasAttribute(name)) shown.removeAttribute(name);
  for (const { name, value } of wanted.attributes) {
    if (shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
  const before = [...shown.children];
  const after = [...wanted.children];
  after.forEach((child, i) => {
    const old = before[i];
    if (!old) shown.append(child);
    else if (old.nodeName === child.nodeName) follow(old, child);
    else old.replaceWith(child);
  });
  for (const old of before.slice(after.length)) old.remove();
}
