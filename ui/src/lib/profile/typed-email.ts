/** The address that a person typed at the sign-in, for the page that mails them a link. Only in this tab's memory. */
export const typedEmail = { value: '' };
