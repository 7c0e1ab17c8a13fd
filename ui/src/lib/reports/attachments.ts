/** How an attachment is shown: by its media type, or by the end of its name when the type says nothing. */
import type { Attachment } from './types';

export type Look = 'image' | 'video' | 'har' | 'text' | 'file';

const ENDS: [RegExp, Look][] = [
	[/\.(png|jpe?g|gif|webp|bmp|avif)$/i, 'image'],
	[/\.(mp4|webm|ogv|mov)$/i, 'video'],
	[/\.har$/i, 'har'],
	[/\.(txt|log|out|err|csv|md|json|xml|ya?ml|properties|ini|diff|patch)$/i, 'text']
];
/** An SVG is a document that may contain scripts: it is only downloaded. */
const TYPES: [RegExp, Look][] = [
	[/^image\/(?!svg)/, 'image'],
	// Browsers play these; an AVI file, for example, is only downloaded.
	[/^video\/(mp4|webm|ogg|quicktime)/, 'video'],
	[/^application\/(json\+har|har\+json)/, 'har'],
	[/^text\/(?!html)|^application\/(json|xml|yaml|x-yaml|x-ndjson)\b/, 'text']
];
const SAYS_NOTHING = /^$|^application\/octet-stream|^binary\//;

/** A larger text is downloaded instead. */
export const TEXT_AT_MOST = 5_000_000;

export function lookOf({ file_id, name, media_type, size }: Attachment): Look {
	if (!file_id) return 'file';
	const type = media_type ?? '';
	const byName = ENDS.find(([end]) => end.test(name))?.[1];
	const look = byName === 'har' ? byName : SAYS_NOTHING.test(type) ? byName : byType(type);
	if (!look) return 'file';
	return (look === 'text' || look === 'har') && (size ?? 0) > TEXT_AT_MOST ? 'file' : look;
}

const byType = (type: string) => TYPES.find(([of]) => of.test(type))?.[1];
