import { useState } from "preact/hooks";
import { isDown, whenBack } from "../api/reach";

interface PictureProps {
  address: string;
  alt: string;
  /** Said in its place when it cannot be had. */
  otherwise: string;
  lazy?: boolean;
  /** A smaller one that is at hand, shown while this one comes. */
  meanwhile?: string;
}

/** A square picture that keeps its place while it loads; the last one stays until the next is there. */
export function Picture({ address, alt, otherwise, lazy = false, meanwhile }: PictureProps) {
  const [state, setState] = useState<{ address: string; status: "there" | "missing" } | null>(null);
  const status = state?.status;
  if (status === "missing" && state?.address === address) return <span class="picture missing">{otherwise}</span>;
  return (
    <img
      class={`picture${status === "there" ? " there" : ""}`}
      src={address}
      alt={alt}
      width={320}
      height={320}
      decoding="async"
      draggable={false}
      style={meanwhile && status !== "there" ? { backgroundImage: `url("${meanwhile}")`, backgroundSize: "cover" } : {}}
      loading={lazy ? "lazy" : "eager"}
      onLoad={() => setState({ address, status: "there" })}
      onError={() => {
        setState({ address, status: "missing" });
        if (isDown.value) whenBack(() => setState(null));
      }}
    />
  );
}
