/**
 * Passwords of 8 characters and more that are guessed first, in lower case: walks over the keyboard,
 * repetitions, and words that lists of leaked passwords have in common.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `
  password password0 password1 password2 password3 password4 password5 password7 password8 password9
  password10 password11 password12 password13 password21 password22 password23 password99 password01
  password00 password69 password77 password88 password007 password123 password1234 password12345
  password123456 password321 password111 password666 password2020 password2021 password2022
  password2023 password2024 password2025 password2026 password! password!! password1! password12!
  password123! password@1 password@123 password#1 password. password1. password* password$
  passw0rd passw0rd1 passw0rd12 passw0rd123 passw0rd! p@ssword p@ssword1 p@ssword12 p@ssword123
  p@ssword! p@ssw0rd p@ssw0rd1 p@ssw0rd12 p@ssw0rd123 p@ssw0rd1234 p@ssw0rd! p@$$word p@$$word1
  p@$$word123 p@$$w0rd p@$$w0rd1 p@$$w0rd123 pa$$word pa$$word1 pa$$w0rd pa$$w0rd1 pa55word
  pa55word1 pa55w0rd passwort passwort1 passwort123 passwords passwordpassword passpass pass1234
  pass12345 pass123456 pass@123 pass@1234 pass@word pass@word1 passcode password_1 password_123
  mypassword mypassword1 mypass123 newpassword newpassword1 oldpassword thepassword nopassword
  yourpassword firstpassword drowssap 1password 123password qwertypassword temppassword
  defaultpassword secretpassword adminpassword rootpassword userpassword testpassword
  temporary changeme changeme1 changeme12 changeme123 changeme! changeit changeit1 changethis
  12345678 123456789 1234567890 12345678910 123456789a 123456789q 123456789z 123456789k 1234567891
  12345678900 123456789012 123456789123 1234567812345678 123456789987654321 12345678a 12345678q
  12345678z 12345678910a 1234567a 1234567q 1234567z 1234567891011 0123456789 01234567 012345678
  01234567890 012345678910 87654321 987654321 9876543210 98765432 0987654321 09876543 0987654321a
  123123123 1231231234 12341234 123412345 123454321 1234554321 1234567654321 123456654321
  12344321 123321123 123321123321 321321321 12121212 1212121212 121212121 21212121 13131313 10101010
  1010101010 01010101 20202020 23232323 24242424 25252525 31313131 32323232 45454545 69696969
  78787878 78945612 789456123 7894561230 741852963 7418529630 147258369 1472583690 159357456
  159753159 1597534862 159357123 147852369 147896325 1478963250 963852741 9638527410 951753852
  852963741 741963852 456789123 456123789 147147147 258258258 369369369 456456456 789789789
  321654987 987456321 654321123 123654789 123789456 1236987450 123698745 112233445566 11223344
  1122334455 112233112233 44332211 55443322 55667788 66778899 99887766 998877665 11112222
  111222333 1112223334 111222333444 11113333 22223333 12332145 00112233 0011223344 10203040
  1020304050 102030405060 13579246 135792468 1357924680 135797531 24681012 246813579 2468013579
  24681357 31415926 314159265 3141592654 3141592653 27182818 11235813 12481632 18273645
  00000000 000000000 0000000000 000000000000 11111111 111111111 1111111111 11111111111 111111111111
  22222222 222222222 2222222222 33333333 333333333 3333333333 44444444 444444444 4444444444
  55555555 555555555 5555555555 66666666 666666666 6666666666 77777777 777777777 7777777777
  88888888 888888888 8888888888 99999999 999999999 9999999999 aaaaaaaa aaaaaaaaa aaaaaaaaaa
  bbbbbbbb cccccccc dddddddd eeeeeeee ffffffff gggggggg hhhhhhhh iiiiiiii jjjjjjjj kkkkkkkk
  llllllll mmmmmmmm nnnnnnnn oooooooo pppppppp qqqqqqqq rrrrrrrr ssssssss tttttttt uuuuuuuu
  vvvvvvvv wwwwwwww xxxxxxxx xxxxxxxxxx yyyyyyyy zzzzzzzz zzzzzzzzzz asasasas abababab xoxoxoxo
  qwertyui qwertyuio qwertyuiop qwertyuiop1 qwertyuiop12 qwertyuiop123 qwertyuiop[] qwertyuiop[]\\
  qwertyuiopasdfghjkl qwertyuiopasdfghjklzxcvbnm qwerty12 qwerty123 qwerty1234 qwerty12345
  qwerty123456 qwerty1234567 qwerty123456789 qwerty1234567890 qwerty321 qwerty11 qwerty99 qwerty00
  qwerty01 qwerty69 qwerty77 qwerty777 qwerty666 qwerty007 qwerty2020 qwerty2021 qwerty2022
  qwerty2023 qwerty2024 qwerty2025 qwerty1! qwerty12! qwerty123! qwerty!@# qwerty123!@# qwerty@123
  qwertyqwerty qwertyqwerty1 qwerty_123 qwertyasdf qwertyasdfgh qwertyasdfzxcv qwertyzxcvbn qwert123
  qwert1234 qwert12345 qwert54321 qwer1234 qwer12345 qwer123456 qwer4321 qwerqwer qwerasdf
  qwerasdfzxcv qweasdzxc qweasdzxc1 qweasdzxc123 qweasdqwe qweqweqwe qwe123qwe qwe123456 qwe12345
  qwe123asd qwe123rty qwe123123 qweasd123 qweqwe123 qwaszx12 qazwsxedc qazwsxedcrfv qazwsxedcrfvtgb
  qazwsxedc1 qazwsxedc123 qazwsx12 qazwsx123 qazwsx1234 qazxswedc qazxsw123 qazqazqaz
  1qaz2wsx 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qaz2wsx! 1qaz@wsx 1qaz!qaz 1qazxsw2 1qazxsw23edc 1qaz1qaz
  !qaz2wsx !qaz@wsx !qaz1qaz 2wsx3edc 2wsx1qaz 3edc4rfv zaq12wsx zaq1xsw2 zaq!2wsx zaq1@wsx zaq1zaq1
  zaqwsxcde 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1q2w3e4r5t6y7u8i9o0p 1q2w3e4r! 1q2w3e4r.
  1q2w3e4r1 1q2w3e4r5 1q2w3e4r5t! 1q2w3e1q2w3e 1q2w1q2w 1q2q3q4q 1a2s3d4f 1a2s3d4f5g 1a2b3c4d
  1a2b3c4d5e 1z2x3c4v a1b2c3d4 a1b2c3d4e5 q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 q1w2e3r4! z1x2c3v4
  q1q2q3q4 a1s2d3f4 a1s2d3f4g5 1234qwer 1234qwert 1234qwerasdf 12345qwert 12345qwerty 123456qwerty
  123456qw 1234567qwerty 123qweasd 123qweasdzxc 123qwe123 123qwe456 123qwe!@# 123qwerty 12qwaszx
  123asd456 123asdfg 1234asdf 12345asdf 123456asd 123456abc 1234abcd 12345abc 12345abcde 123abc123
  123abc456 abc12345 abc123456 abc1234567 abc123456789 abc123abc abc123!! abc123!@# abc@1234
  abcd1234 abcd12345 abcd123456 abcd@1234 abcd1234! abcd4321 abcde123 abcde12345 abcdef12
  abcdef123 abcdefgh abcdefghi abcdefghij abcdefg1 abcdefg123 abcdefghijk abcdefghijklmnopqrstuvwxyz
  abcabcabc abcdabcd aabbccdd a123456789 a12345678 a1234567 a123456a a123123123 aa123456 aa12345678
  aa123456789 aaa12345 aaa123456 aaaa1111 aaaaaa11 aaa111222 asd12345 asd123456 asd123asd asdasd123
  asdasd12 asdasdasd asdasdasdasd asdfasdf asdfasdf1 asdf1234 asdf12345 asdf4321 asdfg123 asdfg12345
  asdfgh12 asdfgh123 asdfghjk asdfghjkl asdfghjkl1 asdfghjkl123 asdfghjkl; asdfqwer asdfzxcv
  asdqwe123 asdzxc123 azerty123 azerty12 azertyui azertyuiop azerty1234 zxcvbnm1 zxcvbnm12
  zxcvbnm123 zxcvbnm, zxcvbnm,. zxcvbnm,./ zxcvbnmzxcvbnm zxcvbnmasdfghjkl zxcvzxcv zxcv1234
  zxcv12345 zxczxczxc zxc12345 zxc123zxc zxcasdqwe zxcasdqwe123 mnbvcxz1 mnbvcxzlkjhgfdsa poiuytrewq
  poiuytre poiuytrew lkjhgfdsa lkjhgfdsaq lkjhgfds 0okmnji9 9ijn8uhb 0p9o8i7u yuiopghjkl !@#$%^&*
  !@#$%^&*( !@#$%^&*() !@#$%^&*()_+ !@#$1234 1234!@#$ 12345!@#$% 123!@#qwe !@#qweasd !qazxsw2
  admin123 admin1234 admin12345 admin123456 admin@123 admin@1234 admin@12345 admin#123 admin123!
  admin123# admin!@# admin!@#$ admin001 admin007 admin111 admin2020 admin2021 admin2022 admin2023
  admin2024 admin2025 admin888 adminadmin adminadmin1 adminpass adminpass1 administrator
  administrator1 administrateur superadmin superuser sysadmin sysadmin1 root1234 root12345
  root123456 rootroot rootpass rootadmin rootme123 toor1234 toortoor user1234 user12345 useruser
  username username1 username123 userpass guest123 guest1234 guestguest test1234 test12345
  test123456 test123test test@123 test@1234 test1test testtest testtest1 testtest123 testing1
  testing12 testing123 testing1234 tester123 tester12 testpass testpass1 testuser testuser1 demo1234
  demodemo default1 default123 system32 system123 oracle123 mysql123 postgres postgres1 server123
  manager1 manager123 operator support1 support123 service1 service123 letmein1 letmein12 letmein123
  letmein! letmeinnow welcome1 welcome2 welcome12 welcome123 welcome1234 welcome01 welcome! welcome1!
  welcome@1 welcome@123 welcome2020 welcome2021 welcome2022 welcome2023 welcome2024 welcome2025
  welcome2026 welcomehome willkommen bienvenue login123 login1234 loginlogin internet internet1
  internet123 computer computer1 computer12 computer123 laptop123 keyboard samsung1 samsung12
  samsung123 google123 facebook facebook1 facebook123 youtube1 youtube123 twitter1 instagram
  instagram1 linkedin microsoft microsoft1 windows1 windows10 windows123 windows7 nintendo playstation
  playstation1 playstation2 playstation3 xbox360x minecraft minecraft1 minecraft123 fortnite
  fortnite1 fortnite123 roblox123 pokemon1 pokemon12 pokemon123 pikachu1 pikachu123 naruto12
  naruto123 starwars starwars1 starwars123 startrek startrek1 skywalker darkside lordvader
  darthvader batman123 batman12 superman superman1 superman12 superman123 spiderman spiderman1
  spiderman123 wolverine deadpool ironman1 ironman123 captain1 godzilla terminator gladiator
  rockstar rockstar1 rockyou1 rockyou123 metallica metallica1 slipknot slipknot1 slipknot666
  nirvana1 greenday greenday1 linkinpark eminem123 beatles1 marley420 bobmarley zeppelin pinkfloyd
  football football1 football12 football123 football! baseball baseball1 baseball12 baseball123
  basketball basketball1 softball softball1 volleyball hockey123 soccer12 soccer123 swimming
  swimming1 gymnastics cheerleader skateboard snowboard liverpool liverpool1 liverpool123 liverpoolfc
  arsenal1 arsenal12 arsenal123 chelsea1 chelsea12 chelsea123 chelseafc manchester manchester1
  manutd123 barcelona barcelona1 barcelona123 realmadrid realmadrid1 juventus juventus1 everton1
  rangers1 celtic1888 lakers24 yankees1 cowboys1 steelers steelers1 patriots dolphins packers1
  redskins broncos1 raiders1 jordan23 jordan123 michael1 michael12 michael123 michelle michelle1
  michelle123 jennifer jennifer1 jennifer123 jessica1 jessica12 jessica123 samantha samantha1
  samantha123 elizabeth elizabeth1 stephanie stephanie1 victoria victoria1 victoria123 veronica
  veronica1 alexander alexander1 alexandra alexandra1 alexandre alejandro alejandra benjamin
  benjamin1 charlie1 charlie12 charlie123 charlotte charlotte1 christian christian1 christina
  christine christopher danielle danielle1 daniel12 daniel123 patricia patricia1 nicholas nicholas1
  nathaniel jonathan jonathan1 jonathan123 anthony1 anthony123 andrew123 ashley12 ashley123 amanda12
  amanda123 brandon1 brandon123 brittany brittany1 cameron1 caroline caroline1 catherine courtney
  courtney1 dominic1 fernando fernando1 francesco francisco gabriel1 gabriela gabrielle giovanni
  hannah123 isabella isabella1 isabelle jackson1 jackson5 jasmine1 jasmine123 joseph123 joshua12
  joshua123 katherine kimberly kimberly1 kristina lauren123 leonardo lorenzo1 madeline madison1
  madison123 margaret marie123 marseille martin123 matthew1 matthew123 melissa1 melissa123 monica123
  mohammed mohamed1 muhammad natalie1 nathalie nicole12 nicole123 patrick1 patrick123 rebecca1
  rebecca123 richard1 robert12 robert123 roberto1 santiago sebastian sebastian1 stephen1 sunshine
  sunshine1 sunshine12 sunshine123 sunshine! taylor123 theodore thomas12 thomas123 timothy1 vanessa1
  vanessa123 vincent1 virginia william1 william123 zachary1 princess princess1 princess12 princess123
  princess! princesa princesse dragon12 dragon123 dragon69 dragonball dragonball1 dragonballz
  monkey12 monkey123 monkeys1 shadow12 shadow123 master12 master123 mustang1 mustang123 corvette
  corvette1 ferrari1 ferrari123 mercedes mercedes1 mercedes-benz porsche1 porsche911 lamborghini
  chevrolet chevelle chevy123 camaro123 harley123 harleydavidson yamaha123 kawasaki suzuki123
  iloveyou iloveyou1 iloveyou12 iloveyou123 iloveyou2 iloveyou3 iloveyou! iloveyou!! iloveyou22
  iloveyou4ever iloveyou143 iloveme1 iloveme123 ilovehim ilovejesus ilovegod1 ilovemom ilovemyself
  ilovemyfamily ilovemusic loveyou1 loveyou123 loveyou2 loveme123 lovelove lovelove1 lovelife
  lovelife1 loverboy lover123 lovely123 lovehurts loveforever foreverlove forever1 forever21
  forever123 love1234 love12345 love123456 mylove123 mybaby123 babygirl babygirl1 babygirl12
  babygirl123 babyboy1 babyboy123 babyblue babydoll sweetheart sweetheart1 sweetie1 sweetpea
  sweetpea1 sexybitch sexygirl sexy1234 beautiful beautiful1 handsome butterfly butterfly1
  butterfly7 butterfly123 buttercup sunflower sunflower1 chocolate chocolate1 chocolate123 cupcake1
  cupcake123 strawberry strawberry1 blueberry cherry123 pineapple watermelon bananas1 banana123
  cookie12 cookie123 cookies1 candy123 icecream icecream1 cocacola cocacola1 cheese123 pepper123
  peanut12 peanut123 popcorn1 snickers snickers1 skittles skittles1 rainbow1 rainbow123 snowball
  snowflake snoopy123 scooby123 scoobydoo scoobydoo1 mickey123 mickeymouse tinkerbell tinkerbell1
  spongebob spongebob1 garfield garfield1 hellokitty hellokitty1 kittycat kitty123 doggy123
  elephant elephant1 dolphin1 dolphin123 penguin1 penguins flamingo panthers panther1 leopard1
  tiger123 tigger12 tigger123 bulldog1 bulldogs ginger12 ginger123 bailey123 maggie123 buster12
  buster123 oliver123 lucky123 lucky777 lucky1234 midnight midnight1 moonlight moonlight1 nightmare
  blackcat blackjack blackbird blackhawk blacklabel silver123 goldfish diamond1 diamond123 diamonds
  crystal1 phoenix1 phoenix123 thunder1 thunder123 lightning hurricane tornado1 mountain mountains
  freedom1 freedom123 trustno1 trustno1! trustnoone trustme1 nothing1 whatever whatever1 whatever123
  whatever! something something1 anything everything idontknow idontknow1 dontknow forgetit blahblah
  blahblah1 fuckyou1 fuckyou2 fuckyou12 fuckyou123 fuckyou! fuckyou69 fuckoff1 fuckfuck fuckthis
  fuckme123 asshole1 asshole123 bullshit bullshit1 jesus123 jesuschrist jesus777 godisgood
  godislove blessed1 blessing heaven123 angel123 angel1234 angels123 christmas christmas1 halloween
  halloween1 birthday birthday1 november november1 december december1 september september1 october1
  october123 february january1 january123 august123 summer12 summer123 summer01 summer99 summer2019
  summer2020 summer2021 summer2022 summer2023 summer2024 summer2025 summer2026 summer1! winter12
  winter123 winter2019 winter2020 winter2021 winter2022 winter2023 winter2024 winter2025 winter1!
  spring123 spring2020 spring2021 spring2022 spring2023 spring2024 spring2025 spring2026 autumn123
  autumn2020 autumn2021 autumn2022 autumn2023 autumn2024 autumn2025 monday123 friday123 friday13
  saturday california california1 newyork1 newyork123 brooklyn brooklyn1 hollywood chicago1 florida1
  texas123 london123 london2012 england1 scotland ireland1 germany1 deutschland australia australia1
  australia123 brasil123 pakistan pakistan1 pakistan123 india123 india1234 indonesia philippines
  singapore istanbul istanbul34 fenerbahce galatasaray besiktas hallo123 hallo1234 hallohallo
  schalke04 borussia geheim123 sommer123 passwort1234 motdepasse motdepasse1 bonjour1 bonjour123
  jetaime1 jetaime123 doudou123 soleil123 chouchou loulou123 contrasena contraseña contrasena1
  teamomucho teamo123 tequiero tequiero1 mivida123 estrella estrella1 mariposa mariposa1 corazon1
  corazon123 hermosa1 bonita123 princesa1 futbol123 america1 guadalajara monterrey senha123
  senha1234 senha12345 123mudar mudar123 brasil10 flamengo flamengo1 corinthians palmeiras
  saopaulo vascodagama haslo123 polska123 polska12 kochamcie matrix123 marina123 natasha1 natasha123
  nastya123 privet123 zxcvbn123 wachtwoord wachtwoord1 welkom01 welkom123 welkom1234 welkom2020
  ajax1234 feyenoord amsterdam amsterdam1 rotterdam parola123 juventus10 ciaociao ciaociao1 forzamilan
  napoli123 woaini123 woaini1314 woaini520 woaini521 5201314520 521521521 wang1234 a5201314
  qq123456 qq123456789 asd123456789 zz123456 wojiushiwo 147258369a aaa123123 1314520520 iloveu123
  iloveu12 hello123 hello1234 hello12345 hello123456 hellohello helloworld helloworld1 hello1world
  goodbye1 goodluck goodluck1 goodmorning goodtimes happy123 happy1234 happyday happydays happiness
  smile123 smiley123 peaceout peace123 family123 family01 friends1 friends123 friendship bestfriend
  bestfriends brother1 brothers sister123 mother123 mommy123 mommy1234 daddy123 daddysgirl grandma1
  children student1 student123 teacher1 teacher123 college1 school123 highschool graduate business
  business1 company1 company123 office123 money123 money1234 moneyman millionaire dollar123 success1
  success123 winner123 champion champion1 champions legend123 hunter12 hunter123 warrior1 warriors
  soldier1 sniper123 killer12 killer123 assassin assassin1 demon666 vampire1 vampires zombie123
  skeleton wizard123 merlin123 gandalf1 gandalf123 hogwarts harrypotter harrypotter1 gryffindor
  slytherin voldemort twilight twilight1 hungergames gameover gameover1 gamer123 gaming123 player123
  player01 counterstrike callofduty callofduty1 battlefield warcraft warcraft1 worldofwarcraft
  starcraft starcraft1 halflife halflife2 runescape runescape1 leagueoflegends dota2dota
  secret12 secret123 secret1234 topsecret topsecret1 security security1 security123 access14
  access123 access1234 accessdenied private1 private123 p4ssw0rd p4ssword pssword1 passw0rds
  hacker123 hacker12 hackerman hacktheplanet l33th4x0r ncc1701d ncc1701e thx1138a rush2112 bond0007
  jamesbond jamesbond007 jamesbond1 agent007 nintendo64 nintendo1 aa112233 zaq12345 xsw21qaz 1qw23er4
  1qw23er45t qwe789456 asdf;lkj asdfjkl; fdsajkl; jkl;asdf a1a2a3a4 a1a1a1a1 q2w3e4r5 q2w3e4r5t6 zse45rdx
  zse4xdr5 vfr4cde3 bgt5vfr4 mko09ijn nhy67ujm 1029384756 0192837465 5647382910 192837465 19283746
  `.trim().split(/\s+/),
);
