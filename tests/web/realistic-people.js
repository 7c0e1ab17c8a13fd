// Sixty people with names from many countries: long and short ones, other scripts, right to left, without a name.

/** The password of everybody in the realistic data. */
export const password = 'Realistic data 2026';

/** `first name | last name | email`; the first is the owner of the installation. */
const names = `
Ada|Lovelace|ada@lumen.example
Grace|Hopper|grace.brewster.murray.hopper@mobile.lumen.example
Barbara|Liskov|barbara@lumen.example
Peter|Naur|peter.naur@lumen.example
Adele|Goldberg|adele@lumen.example
Nguyễn Thị Minh|Khai|minh.khai@lumen.example
Søren|Ångström-Østergård|soeren@lumen.example
محمد|الخوارزمي|alkhwarizmi@lumen.example
יעל|כהן|yael.cohen@lumen.example
美咲|佐藤|misaki.sato@lumen.example
王|伟|wang.wei@lumen.example
지우|김|jiwoo.kim@lumen.example
Олена|Шевченко|olena.shevchenko@lumen.example
Ελένη|Παπαδοπούλου|eleni@lumen.example
प्रिया|शर्मा|priya.sharma@lumen.example
สมชาย|ใจดี|somchai@lumen.example
María José|García-Fernández de la Vega y Ruiz|maria.jose.garcia.fernandez.de.la.vega@subcontractors.lumen.example
Wolfgang Amadeus|von und zu Hohenstein-Oberrheinbach|w.v.hohenstein@lumen.example
Bo|Ek|bo@lumen.example
Li|Na|li@lumen.example
Seán|Ó Briain|sean@lumen.example
Chukwuemeka|Okonkwo|emeka@lumen.example
Thandiwe|Mkhize|thandi@lumen.example
Kwame|Nkansah|kwame@lumen.example
İbrahim|Yıldız|ibrahim@lumen.example
Zoë|van den Berg|zoe@lumen.example
Łukasz|Wiśniewski|lukasz@lumen.example
Jürgen|Großmann|juergen@lumen.example
Françoise|Lefèvre|francoise@lumen.example
Beatriz|Gonçalves|bia@lumen.example
Ignác|Žižka|ignac@lumen.example
Ágnes|Szőke|agnes@lumen.example
Raúl|Ñíguez|raul@lumen.example
Anahit|Petrosyan|anahit@lumen.example
ნინო|გელაშვილი|nino@lumen.example
Fatima Zahra|El Idrissi|fatima@lumen.example
Siti|Nurhaliza|siti@lumen.example
Tane|Wīremu|tane@lumen.example
Leilani|Kealoha|leilani@lumen.example
Aroha|Tūhoe|aroha@lumen.example
Ingibjörg|Sigurðardóttir|ingibjorg@lumen.example
Mehmet|Öz|mehmet@lumen.example
Dilnoza|Karimova|dilnoza@lumen.example
||build-farm@lumen.example
Rosa|Marchetti|rosa@haefen.example
Jens|Petersen|jens@haefen.example
Anneliese|Brückner|anneliese@haefen.example
Hamza|Benali|hamza@haefen.example
Katarzyna|Nowak|kasia@haefen.example
Radoslav|Dimitrov|rado@haefen.example
Ines|Köhler|ines@haefen.example
Torvald|Lindqvist|torvald@haefen.example
Giulia|Ferri|giulia@haefen.example
Ewa|Jankowska|ewa@haefen.example
Ole|Bakke|ole@haefen.example
Noor|de Wit|noor@haefen.example
Quill|Example|quill@kiosk.example
Amara|Diallo|amara@kiosk.example
Hiro|Tanaka|hiro@kiosk.example
Pía|Soto|pia@kiosk.example`;

export function people() {
	return names
		.trim()
		.split('\n')
		.map((line) => {
			const [first_name, last_name, email] = line.split('|');
			return { first_name, last_name, email, password, place: email.split('@')[1].split('.').at(-2) };
		});
}
