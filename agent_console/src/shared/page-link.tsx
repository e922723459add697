import type { VisitPage } from "../api/types";

/** Of a web address, only what leads to the web; the text is what a person reads. */
export function PageLink({ page, testid }: { page: Pick<VisitPage, "url" | "title">; testid?: string }) {
  const safe = /^https?:\/\//.test(page.url);
  const shown = page.url.replace(/^https?:\/\//, "");
  return (
    <span className="visit-page" data-testid={testid}>
      <bdi className="visit-title">{page.title || shown}</bdi>
      {safe ? <a href={page.url} target="_blank" rel="noopener noreferrer nofollow"><bdi>{shown}</bdi></a> : null}
    </span>
  );
}
