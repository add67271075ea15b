// Numbers, days and plurals as a language writes them.

/** Words under fixed names that may be asked for by any name. */
export type Named<K extends string> = Readonly<Record<K, string>> & Readonly<Record<string, string>>;

export function named<K extends string>(words: Record<K, string>): Named<K> {
  return words as Named<K>;
}

export function formats(tag: string) {
  const number = new Intl.NumberFormat(tag);
  const tenths = new Intl.NumberFormat(tag, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(tag, { style: "percent", maximumFractionDigits: 0 });
  const hundredths = { minimumFractionDigits: 2, maximumFractionDigits: 2 } as const;
  const decimal = new Intl.NumberFormat(tag, hundredths);
  const signed = new Intl.NumberFormat(tag, { ...hundredths, signDisplay: "exceptZero" });
  const steps = new Intl.NumberFormat(tag, { signDisplay: "exceptZero" });
  const date = new Intl.DateTimeFormat(tag, { dateStyle: "medium" });
  const rules = new Intl.PluralRules(tag);
  return {
    count: (n: number) => number.format(n),
    tenths: (n: number) => tenths.format(n),
    percent: (n: number) => percent.format(n),
    decimal: (n: number) => decimal.format(n),
    signed: (n: number) => signed.format(n),
    /** A control's way from rest, -100..100. */
    steps: (n: number) => steps.format(n),
    date: (iso: string) => date.format(new Date(iso)),
    degrees: (radians: number) => `${number.format(Math.round((radians * 180) / Math.PI))}°`,
    megabytes: (bytes: number) => `${number.format(Math.round(bytes / 1e5) / 10)} MB`,
    /** `3 stars`: the number, and the word that goes with it. */
    plural: (n: number, one: string, more: string) => `${number.format(n)} ${rules.select(n) === "one" ? one : more}`,
  };
}

export type Formats = ReturnType<typeof formats>;
