/** Text made safe for HTML content and attributes. */
function escapeHtml(text: string | number | boolean): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return String(text).replace(/[&<>"']/g, (character) => names[character]!);
}

/** HTML that is already safe; everything else is escaped where it enters a template. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Template for HTML: plain values are escaped, {@link Html} and arrays of it are kept. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (Html | readonly Html[] | string | number)[]
): Html {
  let text = parts[0]!;
  values.forEach((value, i) => {
    if (value instanceof Html) text += value.text;
    else if (typeof value === 'object') text += value.map((piece) => piece.text).join('');
    else text += escapeHtml(value);
    text += parts[i + 1]!;
  });
  return new Html(text);
}

/** A table with a header row; the first column is the row's header. */
export function htmlTable(columns: readonly string[], rows: readonly (readonly (string | number | Html)[])[]): Html {
  const head = columns.map((column) => html`<th scope="col">${column}</th>`);
  const body = rows.map(([first = '', ...rest]) => {
    return html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>\n`;
  });
  return html`<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** A titled section with an optional caption. */
export function htmlFigure(title: string, content: Html, caption?: string): Html {
  return html`<section><h2>${title}</h2>${content}${caption ? html`<p class="caption">${caption}</p>` : new Html('')}</section>\n`;
}
