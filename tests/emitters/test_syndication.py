from __future__ import annotations

import json
import locale
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import feedparser
import pytest
from feedgen.feed import FeedGenerator
from lxml import etree

from syndicate.emitters import emit
from syndicate.model import EPOCH, Entry, Provider
from tests.emitters.press import FEED, PICTURE, SITE, UNTIDY_TITLES, archives, feed, full_story
from tests.vocabulary import article, moment

if TYPE_CHECKING:
    from syndicate.model import Edition

ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
MEDIA_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml"}
HUB = replace(FEED, site=replace(SITE, hub="https://hub.example/"))
BOTH = pytest.mark.parametrize("format_", ["rss", "atom"])
UNTIDY = pytest.mark.parametrize("title", UNTIDY_TITLES.values(), ids=UNTIDY_TITLES.keys())


def tree(edition: Edition, format_: str) -> Any:
    """The feed's root: the channel in RSS."""
    root = etree.fromstring(emit(edition, format_).body)
    return root[0] if format_ == "rss" else root


def items(root: Any) -> list[Any]:
    """The items or entries of a feed."""
    return [*root.findall("item"), *root.findall(f"{ATOM}entry")]


def links(root: Any) -> list[dict[str, str]]:
    """The attributes of the Atom links right below `root`."""
    return [dict(link.attrib) for link in root.findall(f"{ATOM}link")]


def hrefs(root: Any) -> dict[str, str]:
    """The addresses of the Atom links right below `root`, by relation."""
    return {link["rel"]: link["href"] for link in links(root)}


class TestFaultsOfFeedgen:
    """One test, or more, for each of the faults of feedgen 1.0.0 that are listed in the design of the feeds, in that order."""

    def test_feedgen_itself_turns_every_link_of_an_entry_into_an_alternate(self) -> None:
        """The fault that the next test is about is there: without it, our way round could go."""
        naive = FeedGenerator()
        naive.id("urn:x")
        naive.title("x")
        item = naive.add_entry()
        item.id("urn:y")
        item.title("y")
        item.content("z")
        item.link({"href": "https://example.org/p.jpg", "rel": "enclosure", "type": "image/jpeg", "length": "3"})
        assert b'rel="enclosure"' not in naive.atom_str()

    def test_entry_links_keep_their_rel_type_and_length(self) -> None:
        """1: an Atom entry has one alternate, one via and one enclosure, each as it was meant."""
        (entry,) = items(tree(feed(full_story()), "atom"))
        assert links(entry) == [
            {"rel": "alternate", "type": "text/html", "href": "https://harbourpost.example/2026/lagoon?a=1&b=2"},
            {"rel": "enclosure", "type": "image/jpeg", "href": PICTURE.url, "length": "48213"},
            {"rel": "via", "type": "text/html", "href": "https://harbourpost.example/"},
        ]

    @BOTH
    def test_the_locale_of_the_process_is_left_alone(self, format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """2: no date is written by way of setlocale(), which other threads would be caught in."""
        monkeypatch.setattr(locale, "setlocale", lambda *_: pytest.fail("setlocale was called"))
        assert items(tree(feed(full_story()), format_))

    def test_feedgen_itself_writes_its_dates_by_setlocale(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """2: the test above would fail on feedgen's own writer of dates, which gives the same text as ours."""
        from feedgen.util import formatRFC2822

        assert formatRFC2822(moment("2026-11-12T09:30")) == "Thu, 12 Nov 2026 09:30:00 +0000"
        monkeypatch.setattr(locale, "setlocale", lambda *_: pytest.fail("setlocale was called"))
        with pytest.raises(pytest.fail.Exception, match="setlocale"):
            formatRFC2822(moment("2026-11-12T09:30"))

    def test_the_channel_links_to_its_page_and_says_where_it_lies(self) -> None:
        """3: `link` is the page of the feed for people, not the feed itself, which is `atom:link rel="self"`."""
        channel = tree(feed(full_story()), "rss")
        assert [link.text for link in channel.findall("link")] == ["https://news.example.org/feeds/energy.html"]
        assert hrefs(channel)["self"] == "https://news.example.org/feeds/energy.rss"

    @BOTH
    def test_the_hub_and_the_archives_are_linked(self, format_: str) -> None:
        """4: RSS has the same links as Atom beside `self`, each with the media type of what it leads to."""
        root = tree(feed(full_story(), publication=HUB, previous="energy/2026-10"), format_)
        assert hrefs(root)["hub"] == "https://hub.example/"
        assert {
            "rel": "prev-archive",
            "type": MEDIA_TYPES[format_],
            "href": f"https://news.example.org/feeds/energy/2026-10.{format_}",
        } in links(root)

    def test_content_is_marked_as_html(self) -> None:
        """5: Atom knows no type CDATA."""
        (entry,) = items(tree(feed(full_story()), "atom"))
        assert {part.tag.removeprefix(ATOM): part.get("type") for part in entry if part.get("type") and part.text} == {
            "content": "html",
            "summary": "text",
        }

    @BOTH
    def test_dates_are_those_of_the_articles(self, format_: str) -> None:
        """6: the feed is as new as its newest entry; nothing in it is the moment of the render."""
        parsed = feedparser.parse(emit(feed(full_story(), article("Older", at="2026-11-02T10:00")), format_).body)
        assert parsed.feed.updated_parsed[:5] == (2026, 11, 13, 8, 0)
        assert [entry.published_parsed[:5] for entry in parsed.entries] == [(2026, 11, 12, 9, 30), (2026, 11, 2, 10, 0)]

    @BOTH
    def test_entries_stand_in_the_order_of_the_edition(self, format_: str) -> None:
        """7: the first stays first."""
        stories = [article(title) for title in ("one", "two", "three", "four")]
        parsed = feedparser.parse(emit(feed(*stories), format_).body)
        assert [entry.title for entry in parsed.entries] == ["one", "two", "three", "four"]

    @pytest.mark.parametrize("format_", ["rss", "atom", "json"])
    @pytest.mark.parametrize("character", ["\x00", "\x07", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"], ids=ascii)
    def test_a_character_that_xml_cannot_carry_costs_no_feed(self, format_: str, character: str) -> None:
        """8: wherever it stands, it alone is missing from the feed."""
        text = f"a{character}b"
        publication = replace(FEED, title=text, description=text, site=replace(SITE, title=text))
        story = article(
            text, excerpt=text, body=f"<p>{text}</p>", topics=[text], provider=Provider(text, "a.example"), url="https://a.example/"
        )
        body = emit(feed(story, publication=publication), format_).body.decode()
        assert character not in body
        assert body.count("ab") >= 6

    def test_a_provider_is_the_creator(self) -> None:
        """9: RSS's `author` is an e-mail address, so a name goes into `dc:creator`, and nothing into `author`."""
        (item,) = items(tree(feed(full_story()), "rss"))
        assert item.findtext(f"{DC}creator") == "Harbour Post"
        assert item.find("author") is None

    def test_the_source_of_an_entry_is_whole(self) -> None:
        """10: id, title, updated and link (RFC 4287, section 4.2.11)."""
        (entry,) = items(tree(feed(full_story()), "atom"))
        source = entry.find(f"{ATOM}source")
        assert [part.tag.removeprefix(ATOM) for part in source] == ["id", "title", "updated", "link"]
        assert [part.text for part in source][:3] == ["https://harbourpost.example/", "Harbour Post", "2026-11-13T08:00:00Z"]
        assert links(source) == [{"rel": "alternate", "type": "text/html", "href": "https://harbourpost.example/"}]

    @pytest.mark.parametrize(("length", "rss", "atom"), [(None, "0", None), (12, "12", "12")], ids=["unknown", "known"])
    def test_a_length_is_a_number_or_left_out(self, length: int | None, rss: str, atom: str | None) -> None:
        """11: never `None`; RSS, which must have one, says 0 where it is not known."""
        edition = feed(article(images=(replace(PICTURE, length=length),)))
        (item,), (entry,) = items(tree(edition, "rss")), items(tree(edition, "atom"))
        assert item.find("enclosure").get("length") == rss
        assert [link.get("length") for link in links(entry) if link["rel"] == "enclosure"] == [atom]

    @pytest.mark.parametrize("excerpt", ["", "An excerpt."], ids=["without excerpt", "with excerpt"])
    def test_full_content_is_there_with_and_without_an_excerpt(self, excerpt: str) -> None:
        """12: the body is in `content:encoded`, and the description is the excerpt, or the title."""
        (item,) = items(tree(feed(article("T", excerpt=excerpt, body="<p>Body</p>")), "rss"))
        assert "<p>Body</p>" in item.findtext(f"{CONTENT}encoded")
        assert item.findtext("description") == (excerpt or "T")


def test_ids_are_equal_in_all_formats() -> None:
    """A reader that moves from one format to another sees no entry anew."""
    edition = feed(full_story(), article("Another"))
    expected = [entry.article.id for entry in edition.entries]
    assert [item.findtext("guid") for item in items(tree(edition, "rss"))] == expected
    assert [entry.findtext(f"{ATOM}id") for entry in items(tree(edition, "atom"))] == expected
    assert [item["id"] for item in json.loads(emit(edition, "json").body)["items"]] == expected


def test_a_guid_is_no_permalink() -> None:
    """An id is a `urn:uuid:`, which no browser opens."""
    (item,) = items(tree(feed(article()), "rss"))
    assert item.find("guid").attrib == {"isPermaLink": "false"}
    assert item.findtext("guid").startswith("urn:uuid:")


@UNTIDY
@BOTH
def test_a_title_comes_out_as_it_went_in(format_: str, title: str) -> None:
    """A title is escaped once: a parser of XML gives it back, whatever is in it."""
    root = tree(feed(article(title, url="https://example.org/a"), publication=replace(FEED, title=title)), format_)
    prefix = ATOM if format_ == "atom" else ""
    assert root.findtext(f"{prefix}title") == title
    assert items(root)[0].findtext(f"{prefix}title") == title


def test_the_title_of_an_rss_item_is_marked_as_text() -> None:
    """`<` and `&` are character references, as the RSS Best Practices Profile has it for titles without markup."""
    body = emit(feed(article("Salt & <b>vinegar</b>", url="https://example.org/a")), "rss").body
    assert b"<title>Salt &#x26; &#x3C;b&gt;vinegar&#x3C;/b&gt;</title>" in body


@UNTIDY
def test_a_description_is_html_that_reads_as_the_excerpt(title: str) -> None:
    """RSS takes a description for HTML, so `H&M` and `<b>` are escaped in it; Atom says that its summary is text."""
    edition = feed(article(excerpt=title))
    description = items(tree(edition, "rss"))[0].findtext("description")
    assert "".join(map(str, etree.HTML(f"<p>{description}</p>").itertext())) == title
    assert items(tree(edition, "atom"))[0].findtext(f"{ATOM}summary") == title


@BOTH
def test_an_entry_of_which_only_the_title_is_known_shows_it(format_: str) -> None:
    """Content is never empty: readers show it in the place of the summary."""
    parsed = feedparser.parse(emit(feed(article("Salt & vinegar")), format_).body)
    assert parsed.entries[0].content[0].value == "<p>Salt &amp; vinegar</p>"


@BOTH
def test_a_picture_is_attached_once(format_: str) -> None:
    """One enclosure and no media:content, which readers would show twice; no second picture is attached."""
    root = tree(feed(article(images=(PICTURE, replace(PICTURE, url="https://img.example/2.png")))), format_)
    found = [*root.iter("enclosure"), *(link for link in root.iter(f"{ATOM}link") if link.get("rel") == "enclosure")]
    assert len(found) == 1
    assert (found[0].get("url") or found[0].get("href")) == PICTURE.url
    assert not [each for each in root.iter() if "search.yahoo.com/mrss" in str(each.tag)]


@pytest.mark.parametrize(
    ("body", "shown"), [("", 1), ("<p>Text</p>", 1), ('<p><img src="https://x.example/y.jpg"></p>', 1)], ids=["none", "text", "picture"]
)
@BOTH
def test_content_shows_a_picture_where_the_body_has_none(format_: str, body: str, shown: int) -> None:
    """Nobody sees the same story with two pictures at its head."""
    parsed = feedparser.parse(emit(feed(article(body=body, images=(PICTURE,))), format_).body)
    assert parsed.entries[0].content[0].value.count("<img") == shown


@BOTH
def test_attribution_is_there_for_machines_and_for_people(format_: str) -> None:
    """The provider is author and source, and stands in a line that readers which hide both still show."""
    (item,) = items(tree(feed(full_story()), format_))
    if format_ == "rss":
        assert (item.find("source").text, item.find("source").get("url")) == ("Harbour Post", "https://harbourpost.example/")
        content = item.findtext(f"{CONTENT}encoded")
    else:
        assert item.findtext(f"{ATOM}author/{ATOM}name") == "Harbour Post"
        content = item.findtext(f"{ATOM}content")
    assert content.endswith('<p>via <a href="https://harbourpost.example/">Harbour Post</a></p>')


def test_a_provider_without_a_domain_is_no_source() -> None:
    """An address that is not known is left out, never empty; the name is there all the same."""
    edition = feed(article(provider=Provider("Someone")))
    (item,), (entry,) = items(tree(edition, "rss")), items(tree(edition, "atom"))
    assert item.find("source") is None
    assert entry.find(f"{ATOM}source") is None
    assert item.findtext(f"{DC}creator") == entry.findtext(f"{ATOM}author/{ATOM}name") == "Someone"


@BOTH
def test_related_coverage_is_in_the_content(format_: str) -> None:
    """What others said of the story is linked at its end, with their names."""
    content = feedparser.parse(emit(feed(full_story()), format_).body).entries[0].content[0].value
    assert '<a href="https://other.example/walked">The wall, walked</a> (The Ledger)' in content


@BOTH
def test_topics_are_categories(format_: str) -> None:
    """Each topic is a category of its own."""
    parsed = feedparser.parse(emit(feed(full_story()), format_).body)
    assert [tag.term for tag in parsed.entries[0].tags] == ["Tidal Power", "Energy"]


def test_a_correction_moves_only_the_date_of_the_update() -> None:
    """The date of publication stays, and so no reader shows the story as new."""
    before, after = article(at="2026-11-02T10:00"), article(at="2026-11-02T10:00", updated_at=moment("2026-11-20T10:00"))
    old, new = (items(tree(feed(story), "atom"))[0] for story in (before, after))
    assert old.findtext(f"{ATOM}published") == new.findtext(f"{ATOM}published")
    assert old.findtext(f"{ATOM}updated") != new.findtext(f"{ATOM}updated")
    dates = [items(tree(feed(story), "rss"))[0].findtext("pubDate") for story in (before, after)]
    assert parsedate_to_datetime(dates[0]) == parsedate_to_datetime(dates[1]) == moment("2026-11-02T10:00")


@BOTH
def test_an_empty_feed_is_a_feed(format_: str) -> None:
    """It has a title and no entry, and its date is no clock's: RSS gives none, Atom one that always stays the same."""
    edition = feed()
    assert edition.updated == EPOCH
    body = emit(edition, format_).body
    parsed = feedparser.parse(body)
    assert (parsed.bozo, parsed.feed.title, parsed.entries) == (False, "Energy & tides", [])
    assert (b"lastBuildDate" in body, b"<updated>2000-01-01T00:00:00+00:00</updated>" in body) == (False, format_ == "atom")


@BOTH
def test_threads_do_not_disturb_each_other(format_: str) -> None:
    """Many feeds emitted at once are the feeds emitted one after the other."""
    editions = [feed(full_story(), *(article(f"Story {number} of {size}") for number in range(size))) for size in range(12)]
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(lambda edition: emit(edition, format_).body, editions * 4))
    assert at_once == [emit(edition, format_).body for edition in editions] * 4


@BOTH
def test_the_hub_is_linked_by_the_live_feed_alone(format_: str) -> None:
    """An archive does not change, so there is nothing to be told of it; a site without a hub links none."""
    archive = archives(article(), now="2026-12-05", publication=HUB)[0]
    assert hrefs(tree(feed(article(), publication=HUB), format_))["hub"] == "https://hub.example/"
    assert "hub" not in hrefs(tree(archive, format_))
    assert "hub" not in hrefs(tree(feed(article()), format_))


@pytest.mark.parametrize(
    ("schedule", "minutes"),
    [("", None), ("*/15 * * * *", "15"), ("* * * * *", "1"), ("0 8 * * *", "300"), ("0 8 * * mon", "300"), ("0 */4 * * *", "240")],
)
def test_a_reader_of_rss_is_told_how_often_to_look(schedule: str, minutes: str | None) -> None:
    """Minutes between two renders, one at least and five hours at most; nothing where there is no schedule."""
    channel = etree.fromstring(emit(feed(article(), publication=replace(FEED, schedule=schedule)), "rss").body)[0]
    assert channel.findtext("ttl") == minutes


def test_an_archive_says_nothing_of_the_schedule() -> None:
    """A month that is over stays as it is, whatever becomes of it."""
    bodies = {
        emit(archives(article(), now="2026-12-02", publication=replace(FEED, schedule=schedule))[0], "rss").body
        for schedule in ("", "0 8 * * *")
    }
    assert len(bodies) == 1


class TestArchives:
    """The pages of a feed's past (RFC 5005, section 4)."""

    STORIES = (article("Ten", at="2026-10-05T09:00"), article("Eleven", at="2026-11-05T09:00"))

    @BOTH
    def test_an_archive_says_that_it_is_one(self, format_: str) -> None:
        """`fh:archive` is in the archives and not in the live feed."""
        old = archives(*self.STORIES, now="2026-11-20")[0]
        assert tree(old, format_).find(f"{HISTORY}archive") is not None
        assert tree(feed(*self.STORIES), format_).find(f"{HISTORY}archive") is None

    @BOTH
    def test_archives_lead_from_one_to_the_next(self, format_: str) -> None:
        """Each links itself, the live feed, and its neighbours, in its own format; the ends have one neighbour."""
        address = "https://news.example.org/feeds/energy{}." + format_
        oldest, middle, newest = (hrefs(tree(each, format_)) for each in archives(*self.STORIES, now="2026-12-03"))
        assert {link["current"] for link in (oldest, middle, newest)} == {address.format("")}
        assert [link["self"] for link in (oldest, middle, newest)] == [address.format(f"/2026-{month}") for month in (10, 11, 12)]
        assert (oldest.get("prev-archive"), oldest["next-archive"]) == (None, middle["self"])
        assert (middle["prev-archive"], middle["next-archive"]) == (oldest["self"], newest["self"])
        assert (newest["prev-archive"], newest.get("next-archive")) == (middle["self"], None)

    def test_an_archive_shares_id_and_page_with_its_feed(self) -> None:
        """One logical feed has one id (RFC 5005, appendix B), and there is one page for people."""
        archive = tree(archives(*self.STORIES, now="2026-11-20")[0], "atom")
        live = tree(feed(*self.STORIES), "atom")
        assert archive.findtext(f"{ATOM}id") == live.findtext(f"{ATOM}id")
        assert hrefs(archive)["alternate"] == hrefs(live)["alternate"] == "https://news.example.org/feeds/energy.html"

    @pytest.mark.parametrize("format_", ["rss", "atom", "json"])
    def test_a_month_that_is_over_stays_as_it_is(self, format_: str) -> None:
        """What happens in November changes no byte of October's archive."""
        early = archives(*self.STORIES[:1], now="2026-11-01T00:30")
        late = archives(*self.STORIES, article("More", at="2026-11-29T10:00"), now="2026-11-30")
        assert emit(early[0], format_).body == emit(late[0], format_).body

    @BOTH
    def test_an_archive_without_entries_yet_is_valid(self, format_: str) -> None:
        """The month that has just begun has its archive from the first moment."""
        newest = archives(*self.STORIES, now="2026-12-01T10:00")[-1]
        assert newest.key == "energy/2026-12"
        assert not feedparser.parse(emit(newest, format_).body).bozo


@BOTH
def test_a_feed_of_untidy_titles_parses_back_to_its_entries(format_: str) -> None:
    """Id and link of each entry are what feedparser gives, in order, without a complaint."""
    untidy = [article(title, url=f"https://example.org/{number}") for number, title in enumerate(UNTIDY_TITLES.values())]
    stories = [full_story(), *(Entry(story) for story in untidy)]
    parsed = feedparser.parse(emit(feed(*stories), format_).body, sanitize_html=False)
    assert not parsed.bozo
    assert [(entry.id, entry.link) for entry in parsed.entries] == [(entry.article.id, entry.article.url) for entry in stories]
