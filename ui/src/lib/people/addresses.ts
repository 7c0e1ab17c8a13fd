/** “ada@example.com, grace@example.com”: the addresses of one text, separated by comma, semicolon or white space. */
export const splitAddresses = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean);
