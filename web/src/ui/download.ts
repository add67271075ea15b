/** Hand a file to the person, as if a link to it had been pressed. */
export function download(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}

export function downloadJson(data: unknown, name: string): void {
  downloadText(`${JSON.stringify(data, null, 2)}\n`, name, "application/json");
}

export function downloadText(content: string, name: string, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  download(address, name);
  // The browser has begun to read it by the next turn, but may not be through.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
