const PATHS = {
  photo:
    "M4 7a2 2 0 0 1 2-2h2l1.2-1.6h5.6L16 5h2a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2zM12 9a3.4 3.4 0 1 0 0 6.8A3.4 3.4 0 0 0 12 9z",
  drop: "M12 3v11m0 0 4-4m-4 4-4-4M4 16v2.5A1.5 1.5 0 0 0 5.5 20h13a1.5 1.5 0 0 0 1.5-1.5V16",
  download: "M12 4v10m0 0 4-4m-4 4-4-4M5 19h14",
  search: "M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM20 20l-4.5-4.5",
  close: "M6 6l12 12M18 6 6 18",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6 19 19M19 5l-1.4 1.4M6.4 17.6 5 19",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  left: "M14 6l-6 6 6 6",
  right: "M10 6l6 6-6 6",
  alert: "M12 8v5M12 16.5v.1M12 3.5 2.8 19.5h18.4z",
  expand: "M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7",
  down: "M6 9l6 6 6-6",
  star: "M12 4.2l2.4 4.9 5.4.8-3.9 3.8.9 5.4-4.8-2.6-4.8 2.6.9-5.4L4.2 9.9l5.4-.8z",
  more: "M7 11v8H4v-8zM7 11l4-7c1.6 0 2.4 1 2.2 2.6L12.8 10H18c1.3 0 2.2 1.1 1.9 2.4l-1.2 5c-.3 1-1 1.6-2 1.6H7",
  less: "M17 13V5h3v8zM17 13l-4 7c-1.6 0-2.4-1-2.2-2.6l.4-3.4H6c-1.3 0-2.2-1.1-1.9-2.4l1.2-5c.3-1 1-1.6 2-1.6H17",
  compare: "M4 5h7v14H4zM13 5h7v14h-7z",
  camera:
    "M3 8.5A1.5 1.5 0 0 1 4.5 7h9A1.5 1.5 0 0 1 15 8.5v7a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 15.5zM15 11l6-3v8l-6-3",
  map: "M6 6.5v.1M11 4.5v.1M17 7.5v.1M5 12.5v.1M12 11.5v.1M19 13.5v.1M8 18.5v.1M14 17.5v.1M17.5 19v.1",
  grid: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  lanes: "M4 6h16M4 12h16M4 18h16",
  lasso:
    "M12 4c5 0 8.5 2.4 8.5 5.5S17 15 12 15c-1.500 0-3-.2-4.200-.6M12 4C7 4 3.500 6.400 3.500 9.500c0 1.900 1.400 3.600 3.600 4.500M7.500 14a2 2 0 1 0 .8 3.600C8.300 19.500 7.500 20.500 6 21",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  reset: "M4 12a8 8 0 1 0 2.600-5.900M4 4v4.500h4.500",
  globe:
    "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c2.600 2.600 3.600 5.600 3.600 9s-1 6.400-3.600 9c-2.600-2.600-3.600-5.600-3.600-9s1-6.400 3.600-9z",
  keys: "M3 7.500A1.500 1.500 0 0 1 4.500 6h15A1.500 1.500 0 0 1 21 7.500v9a1.500 1.500 0 0 1-1.500 1.500h-15A1.500 1.500 0 0 1 3 16.500zM7 10h.1M11 10h.1M15 10h.1M8 14h8",
  learned: "M4 19h16M7 16v-4M12 16V6M17 16v-7",
  sliders: "M4 8h9M17 8h3M4 16h3M11 16h9M15 5.5v5M9 13.5v5",
} as const;

export type IconName = keyof typeof PATHS;

/** A line drawing that says nothing to a screen reader; the words beside it do. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
