"""Proves the tokenizer: ids of transformers' BertTokenizer on texts that are hard to split, for a cased and an
uncased vocabulary. Writes goldens/tokenizer/{cased,uncased,uncased-keep-accents}.json, and for each a folder of that
name with the tokenizer.json and tokenizer_config.json that transformers saves.

vocab.txt is learned only where there is none: the learner breaks ties by chance, and each run would give another.
"""
import json

import tokenizers
import transformers
from tokenizers import BertWordPieceTokenizer, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import BertTokenizer, XLMRobertaTokenizer

from common import GOLDENS, write_json

OUT = GOLDENS / "tokenizer"
LEARN_FROM = """Куртка тёплая, рукава короткие. Платье село отлично, спасибо продавцу! Чайник гудит и течёт.
Кроссовки огонь, подошва мягкая; заказала 42 размер, пришёл 43. Всё хорошо, доставка быстрая, рекомендую.
The jacket is warm, the size is wrong. Très bien, naïve café. Наушники шумят, зарядка держит 5 часов.
Ёлка зелёная, ёжик, йод, край, мой. Деньги вернули 14.10.2017, трек RB123456789CN. №5, 100%, 2 шт.
! " # $ % & ' ( ) * + , - . / : ; < = > ? @ [ ] ^ _ ` { | } ~ « » — – … № ° € © 你 好 ß ø щ ъ ы ь э ю я ф ц ґ є і ї"""

TEXTS = [
    "Куртка тёплая, рукава короткие.", "КУРТКА ОГОНЬ!!!", "Всё хорошо)))", "ё Ё е Е й Й и И",
    "и\u0306 е\u0308 И\u0306 Е\u0308 a\u0301 é É ñ ü", "Très bien, naïve café ÀÉÎÕÜ", "mixed Слово word слово123abc",
    "рукавакороткие платьеселоотлично", "Супер 👍🏽🔥❤️", "👨‍👩‍👧 семья", "🇷🇺 флаг 1️⃣", "☺ ✓ © ™ № ° €",
    "你好 world 中文字 кириллица", "かな 한국어 عربى עברית", "а" * 99, "а" * 100, "а" * 101, "б" * 250 + " конец",
    "слово " * 40, "a\u0000b\u0007c", "ноль\u200bширины\u200cи\u200d\ufeffметка", "не\u00a0разрывный\u2009тонкий\u3000широкий",
    "таб\tи\nстрока\r\nещё", "«кавычки» — тире – минус - дефис…", "!!!???...,,,;;;:::", "((())) [[]] {{}} <>",
    "100% 1 299,00 руб. 42-44 14.10.2017", "https://example.com/a?b=1&c=2#d", "a.b@example.com +7 900 000-00-01",
    "", "   ", "\n\t", "[SEP]", "[CLS] текст [SEP]", "до[MASK]после", "[PAD][UNK]", "[sep] [Mask]", "$ + = ^ ` | ~ \\ / * & # @ _",
    "под_чёркивание-и-дефис", "о'кей d'accord l’été", "ﬁ ﬂ ½ ² ①", "ЁЛКА ёжик Йод КРАЙ", "ß ẞ İ ı ǅ", "Ω Å K",
    "soft\u00adhyphen", "\u202eсправа налево\u202c", "𝐁𝐨𝐥𝐝 𝒊𝒕", "a\u0300\u0301\u0302", "к\u0301 у\u0301р", "0123456789",
    "русский english українська ґ є і ї", "ъ ь ы э", "ЪЬЫЭ", "RB123456789CN", "т.д. и т.п.", "ааа-ббб_ввв.ггг",
]


def golden(name, folder, **options):
    tokenizer = BertTokenizer(str(folder / "vocab.txt"), **options)
    tokenizer.save_pretrained(OUT / name)  # before a call below leaves its truncation in it
    cases = [dict(text=text, ids=tokenizer(text)["input_ids"],
                  truncated=tokenizer(text, truncation=True, max_length=16)["input_ids"]) for text in TEXTS]
    write_json(OUT / f"{name}.json", dict(versions=dict(transformers=transformers.__version__), options=options, cases=cases))


def golden_of_old_repository():
    """Only vocab.txt, special tokens by other names, and tokens that were added later."""
    folder = OUT / "old-repository"
    folder.mkdir(exist_ok=True)
    tokens = (OUT / "vocab.txt").read_text(encoding="utf-8").splitlines()
    renamed = {"[PAD]": "<pad>", "[UNK]": "<unk>", "[CLS]": "<s>", "[SEP]": "</s>", "[MASK]": "<mask>"}
    (folder / "vocab.txt").write_text("".join(f"{renamed.get(token, token)}\n" for token in tokens), encoding="utf-8")
    special = dict(pad_token="<pad>", unk_token="<unk>", cls_token="<s>", sep_token="</s>", mask_token="<mask>")
    write_json(folder / "tokenizer_config.json", dict(do_lower_case=False))
    write_json(folder / "special_tokens_map.json", special)
    write_json(folder / "added_tokens.json", {"<товар>": len(tokens), "ОТЗЫВ": len(tokens) + 1})
    tokenizer = BertTokenizer.from_pretrained(folder)
    texts = TEXTS[:30] + ["пишу ОТЗЫВ на <товар>.", "ОТЗЫВы и отзыв", "<s>текст</s> <mask> <pad>"]
    write_json(folder / "expected.json", dict(
        versions=dict(transformers=transformers.__version__),
        cases=[dict(text=text, ids=tokenizer(text)["input_ids"]) for text in texts],
    ))


def golden_of_unigram():
    """As XLM-RoBERTa's, which multilingual-e5 has: pieces with scores, ▁ where a word begins. Without U+FEFF, which is
    white space to JavaScript only."""
    folder = OUT / "unigram"
    if not (folder / "tokenizer.json").exists():  # its learner, too, gives another each time
        learner = Tokenizer(models.Unigram())
        learner.normalizer = normalizers.NFKC()
        learner.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
        special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
        learner.train_from_iterator(LEARN_FROM.splitlines(), trainers.UnigramTrainer(
            vocab_size=400, special_tokens=special, unk_token="<unk>", show_progress=False))
        pieces = json.loads(learner.to_str())["model"]["vocab"]
        tokenizer = XLMRobertaTokenizer(vocab=[(piece, score) for piece, score in pieces])
        tokenizer.backend_tokenizer.normalizer = normalizers.NFKC()
        tokenizer.save_pretrained(folder)
    # not XLMRobertaTokenizer.from_pretrained: transformers 5 builds that anew from the pieces, without the normaliser
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    texts = [text for text in TEXTS if "\ufeff" not in text] + ["<s>текст</s> <mask> <pad>"]
    write_json(folder / "expected.json", dict(
        versions=dict(tokenizers=tokenizers.__version__),
        cases=[dict(text=text, ids=tokenizer.encode(text).ids) for text in texts],
    ))


def learn_vocabulary():
    learner = BertWordPieceTokenizer(lowercase=False, strip_accents=False)
    learner.train_from_iterator(LEARN_FROM.splitlines() + LEARN_FROM.lower().splitlines(), vocab_size=600, min_frequency=1,
                                special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False)
    learner.save_model(str(OUT))


if __name__ == "__main__":
    if not (OUT / "vocab.txt").exists():
        OUT.mkdir(parents=True, exist_ok=True)
        learn_vocabulary()
    golden("cased", OUT, do_lower_case=False)
    golden("uncased", OUT, do_lower_case=True)
    golden("uncased-keep-accents", OUT, do_lower_case=True, strip_accents=False)
    golden_of_old_repository()
    golden_of_unigram()
