"""Pages as several kinds of sites make them, with the sentences that are their text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """A page, the pieces of its text in order, and pieces that are furniture of its site."""

    html: str
    text: tuple[str, ...]
    furniture: tuple[str, ...]


def _page(html: str, text: str, furniture: str) -> Page:
    return Page(html, tuple(text.strip().splitlines()), tuple(furniture.strip().splitlines()))


NEWS = _page(
    """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<title>Harbour bridge to close for a year | The Tidewater Post</title>
<meta name="author" content="Mara Lindqvist">
<meta property="article:published_time" content="2024-03-07T06:15:00+01:00">
<meta name="description" content="Repairs will take until spring.">
<style>.ad { color: red }</style><script>var page = "<p>script text</p>";</script></head><body>
<div id="cookie-banner" class="cookie-banner"><p>We value your privacy and use cookies to make
this site work for you and for our many partners, as our policy says at some length.</p>
<button>Accept all</button></div>
<a class="skip-link" href="#main">Skip to the story</a>
<header class="site-header"><div class="logo"><a href="/">The Tidewater Post</a></div>
<nav><ul><li><a href="/world">World</a><li><a href="/sport">Sport</a></ul></nav>
<form role="search"><input name="q" value="search words"><button>Search</button></form></header>
<main id="main"><article>
<header><h1>Harbour bridge to close for a year</h1>
<p class="byline">By Mara Lindqvist, transport correspondent</p></header>
<div class="share-buttons"><a href="/fb">Share on one network</a><a href="/x">Tell another</a></div>
<p>The old harbour bridge will close on <b>Monday</b> for at least twelve months.</p>
<figure><img src="a.jpg" alt="A bridge"><figcaption>The bridge carries nine thousand cars
daily.</figcaption></figure>
<p>Engineers found cracks in three of its <a href="/topic/piers">eleven piers</a> last autumn.</p>
<aside class="newsletter-signup"><p>Get our morning letter.</p><input type="email">
<button>Sign up</button></aside>
<blockquote><p>“We could not wait any longer,” the mayor said.</p></blockquote>
<div class="ad-container"><span>Advertisement</span><a href="/buy">Buy better boots</a></div>
<h2>What it means for drivers</h2>
<ul><li>Lorries must take the northern tunnel.</li><li>Buses will run every ten minutes.</li></ul>
<p>Short answer: leave earlier.</p>
<section class="related-articles"><h3>More on this</h3><ul>
<li><a href="/1">Ferry fares rise again in April</a></li>
<li><a href="/2">Tunnel toll is scrapped after protest</a></li></ul></section>
</article></main>
<aside class="sidebar"><h3>Most read</h3><ol><li><a href="/3">Cat returns after nine years</a>
<li><a href="/4">Bakery wins the golden loaf</a></ol></aside>
<footer><p>© 2024 Tidewater Media. All rights reserved.</p><a href="/terms">Terms</a></footer>
</body></html>""",
    """
The old harbour bridge will close on Monday for at least twelve months.
The bridge carries nine thousand cars daily.
Engineers found cracks in three of its eleven piers last autumn.
“We could not wait any longer,” the mayor said.
What it means for drivers
• Lorries must take the northern tunnel.
• Buses will run every ten minutes.
Short answer: leave earlier.
""",
    """
By Mara Lindqvist, transport correspondent
We value your privacy
Accept all
Skip to the story
The Tidewater Post
Sport
Share on one network
Get our morning letter.
Buy better boots
Ferry fares rise again in April
Cat returns after nine years
Tidewater Media
""",
)

BLOG = _page(
    """<html><head><title>How I rebuilt my loom &#8211; Thread &amp; Timber</title></head>
<body class="post-template-default single single-post has-sidebar">
<div id="page" class="site"><div id="masthead" class="site-header">
<div class="site-branding"><p class="site-title"><a href="/">Thread &amp; Timber</a></p></div>
<div class="main-navigation menu-main-container"><ul id="primary-menu" class="menu">
<li class="menu-item"><a href="/about">About</a></li>
<li class="menu-item"><a href="/contact">Contact</a></li></ul></div></div>
<div id="content" class="site-content"><div id="primary" class="content-area">
<div class="post-812 post type-post hentry"><div class="entry-header">
<h1 class="entry-title">How I rebuilt my loom</h1>
<div class="entry-meta">Posted on 3 May 2021</div></div>
<div class="entry-content">
<p>My grandmother left me a floor loom that had stood in a barn since the war.</p>
<p>The breast beam was sound.<br>The treadles were not.</p>
<p>I soaked every joint in linseed oil for a fortnight before I dared to turn a screw.</p>
<p><img src="loom.jpg"></p>
<pre>warp = 240
  weft = 180</pre>
<table><tr><th>Part</th><th>Wood</th></tr><tr><td>Beam</td><td>Ash</td></tr></table>
<p>Next month I will write about the first cloth.</p>
<div class="sharedaddy sd-sharing-enabled"><h3>Share this:</h3><ul><li><a href="?s=1">Twit</a>
</ul></div></div>
<div class="entry-footer"><a href="/cat/looms">Looms</a> <a href="/cat/wood">Wood</a></div></div>
<div class="nav-links"><a href="/p1">The year of the plane</a><a href="/p2">A better bench</a></div>
<div id="comments" class="comments-area"><h2>2 thoughts on this</h2><ol class="comment-list">
<li><div class="comment-body"><b>Ines</b> <p>Which oil did you use for the castle?</p></div></li>
</ol></div></div>
<div id="secondary" class="widget-area"><div class="widget widget_recent_entries">
<h2>Recent posts</h2><ul><li><a href="/p2">A better bench</a></li>
<li><a href="/p3">Shuttles of boxwood</a></li></ul></div>
<div class="widget widget_archive"><h2>Archives</h2><ul><li><a href="/2021">May 2021</a></li></ul>
</div></div></div>
<div id="colophon" class="site-footer">Proudly powered by WordPress</div></div></body></html>""",
    """
My grandmother left me a floor loom that had stood in a barn since the war.
The breast beam was sound.
The treadles were not.
I soaked every joint in linseed oil for a fortnight before I dared to turn a screw.
warp = 240
  weft = 180
Part\tWood
Beam\tAsh
Next month I will write about the first cloth.
Which oil did you use for the castle?
""",
    """
Thread & Timber
Contact
Share this:
The year of the plane
Shuttles of boxwood
Archives
powered by WordPress
""",
)

DOCS = _page(
    """<!DOCTYPE html><html><head><title>Retries &#8212; Porter 2.1 documentation</title></head>
<body><div class="related" role="navigation"><h3>Navigation</h3><ul>
<li><a href="genindex.html">index</a></li><li><a href="next.html">next</a> |</li></ul></div>
<div class="document"><div class="documentwrapper"><div class="bodywrapper">
<div class="body" role="main"><section id="cookies"><h1>Retries<a class="headerlink"
href="#retries" title="Permalink">¶</a></h1>
<p>A job that fails is run again, up to <code class="docutils">max_tries</code> times.</p>
<div class="admonition note"><p class="admonition-title">Note</p>
<p>Timeouts count as failures.</p></div>
<nav class="contents local"><ul><li><a href="#api">Reference</a></li></ul></nav>
<dl class="py function"><dt class="sig" id="porter.retry"><span>porter.</span><span>retry</span>(
<em>job</em>)<a class="headerlink" href="#porter.retry">¶</a></dt>
<dd><p>Run the job once more and return its outcome.</p></dd></dl>
<div class="highlight-python"><div class="highlight"><pre><span>retry</span>(job)
<span># done</span>
</pre></div></div>
<ol start="3"><li><p>Stop the queue.</p></li><li><p>Start it again.</p></li></ol>
<p class="rubric">See also</p><ul><li><a href="queues.html">How queues are kept</a></li></ul>
</section></div></div></div>
<div class="sphinxsidebar" role="navigation"><div class="sphinxsidebarwrapper">
<h3><a href="index.html">Table of Contents</a></h3><h4>Previous topic</h4>
<p class="topless"><a href="queues.html">Chapter on queues</a></p>
<div id="searchbox" style="display: none" role="search"><h3>Quick search</h3></div></div></div>
<div class="clearer"></div></div>
<div class="footer" role="contentinfo">&copy; Copyright 2023, The Porters.
Created using Sphinx 5.3.0.</div></body></html>""",
    """
A job that fails is run again, up to max_tries times.
Note
Timeouts count as failures.
porter.retry( job)
Run the job once more and return its outcome.
retry(job)
# done
3. Stop the queue.
4. Start it again.
See also
• How queues are kept
""",
    """
¶
Navigation
next
Previous topic
Chapter on queues
Quick search
The Porters
""",
)

WIKI = _page(
    """<!DOCTYPE html><html><head><title>Lake Orvane - Wikipedia</title></head><body>
<div id="mw-page-base" class="noprint"></div><div id="content" class="mw-body" role="main">
<div class="mw-indicators"></div><h1 id="firstHeading">Lake Orvane</h1>
<div id="bodyContent"><div id="siteSub">From Wikipedia, the free encyclopedia</div>
<a class="mw-jump-link" href="#mw-head">Jump to navigation</a>
<div id="mw-content-text"><div class="mw-parser-output">
<table class="infobox"><tbody><tr><th colspan="2">Lake Orvane</th></tr>
<tr><th>Depth</th><td>41&nbsp;m</td></tr></tbody></table>
<p><b>Lake Orvane</b> is a lake in the north.<sup id="r1" class="reference"><a href="#n1">[1]</a>
</sup> It freezes every winter.</p>
<div id="toc" class="toc" role="navigation"><h2>Contents</h2><ul><li><a href="#Fish">Fish</a>
</li></ul></div>
<h2><span class="mw-headline" id="Fish">Fish</span><span class="mw-editsection">[<a
href="/edit">edit</a>]</span></h2>
<div role="note" class="hatnote navigation-not-searchable">See also: <a href="/perch">Perch</a>
</div>
<p>The energy is <span class="mwe-math-element"><span class="mwe-math-mathml-inline"
style="display: none;"><math alttext="{\\displaystyle mc^{2}}"><mi>m</mi></math></span><img
class="mwe-math-fallback-image-inline" aria-hidden="true" alt="{\\displaystyle mc^{2}}"></span>
there.</p>
<p>Perch<span style="display:none">hidden words</span> and pike live in it.</p>
<h2><span class="mw-headline">References</span></h2>
<ol class="references"><li id="n1"><span class="reference-text"><a href="https://e.org/a">Lakes of
the North</a></span></li><li><span class="reference-text"><a href="https://e.org/b">Cold water
</a></span></li><li><a href="https://e.org/c">Old maps</a></li></ol>
<div role="navigation" class="navbox"><table><tr><th>Lakes</th><td><a href="/w/Sarn">Lake Sarn</a>
</td></tr></table></div></div></div>
<div id="catlinks" class="catlinks"><a href="/c">Categories</a>: <a href="/l">Frozen lakes</a></div>
</div></div><div id="mw-navigation"><div class="vector-menu"><ul><li><a href="/t">Talk</a></li>
<li><a hreflang="de" class="interlanguage-link-target" href="//de">Deutsch</a></li></ul></div></div>
<footer><ul><li>This page was last edited on 1 May.</li></ul></footer></body></html>""",
    """
Depth\t41\xa0m
Lake Orvane is a lake in the north.[1] It freezes every winter.
See also: Perch
The energy is mc^{2} there.
Perch and pike live in it.
References
1. Lakes of the North
2. Cold water
3. Old maps
""",
    """
From Wikipedia
Jump to navigation
Contents
edit
hidden words
Lake Sarn
Frozen lakes
Deutsch
last edited
""",
)

TABLE_LAYOUT = _page(
    """<HTML><HEAD><TITLE>The Brass Band of Little Wemble</TITLE></HEAD>
<BODY BGCOLOR="#ffffff"><CENTER><FONT SIZE=+2>The Brass Band of Little Wemble</FONT></CENTER>
<TABLE WIDTH=760 BORDER=0><TR><TD WIDTH=120 VALIGN=top>
<A HREF="index.htm">Home</A><BR><A HREF="gigs.htm">Concert dates</A><BR>
<A HREF="kit.htm">Our instruments</A><BR><A HREF="guest.htm">Guestbook</A></TD>
<TD><H2>A short history</H2>
The band was founded in 1887 by the miners of the Wemble pit, who paid for the first horns
out of their own wages.<BR><BR>
In 1912 it won the county cup, and has kept a copy of it in the chapel ever since.
<P>Practice is on Tuesdays at seven.
<P><I>Three men came down from Wemble hill,<BR>with cornet, drum and bell,<BR>and one of them is
playing still,<BR>and plays it fairly well.</I>
<H3>Instruments</H3><TABLE BORDER=1><TR><TD>Cornets<TD>9<TR><TD>Tubas<TD>4</TABLE>
<P>New players are always welcome, whether or not they have ever held an instrument before.
</TD></TR></TABLE><HR><CENTER><A HREF="index.htm">Home</A> | <A HREF="mail.htm">Write to us</A>
<BR><FONT SIZE=1>Copyright 1999 by the webmaster</FONT></CENTER></BODY></HTML>""",
    """
The Brass Band of Little Wemble
The band was founded in 1887 by the miners of the Wemble pit, who paid for the first horns out \
of their own wages.
In 1912 it won the county cup, and has kept a copy of it in the chapel ever since.
Practice is on Tuesdays at seven.
Three men came down from Wemble hill,
and plays it fairly well.
Cornets\t9
Tubas\t4
New players are always welcome, whether or not they have ever held an instrument before.
""",
    """
Concert dates
Guestbook
Write to us
Copyright 1999
""",
)

FORUM = _page(
    """<!DOCTYPE html><html><head><title>Kettle trips the fuse - Repair Forum</title></head><body>
<div id="wrap"><div id="page-header"><div class="headerbar"><p class="skiplink">
<a href="#start">Skip to content</a></p></div><div class="navbar"><ul class="linklist">
<li><a href="./index.php">Board index</a></li><li><a href="./faq.php">FAQ</a></li>
<li><a href="./login.php">Login</a></li></ul></div></div>
<div id="page-body"><h2><a href="./t.php">Kettle trips the fuse</a></h2>
<div class="topic-actions"><div class="buttons"><a href="./reply.php">Post a reply</a></div></div>
<div class="post"><div class="postbody"><h3><a href="#p1">Kettle trips the fuse</a></h3>
<p class="author">by <a href="./u1">harald</a></p>
<div class="content">My kettle trips the fuse as soon as the water gets warm.<br><br>Is that the
element or the cable?</div><div class="signature">Life is a loose contact.</div></div>
<dl class="postprofile"><dt><a href="./u1">harald</a></dt><dd>Posts: 14</dd></dl></div>
<div class="post"><div class="postbody"><h3><a href="#p2">Re: Kettle</a></h3>
<div class="content"><blockquote>Is that the element or the cable?</blockquote>Almost certainly the
element: its seal lets water in when it expands, and then the earth fault switch does its work.
</div></div></div>
<div class="jumpbox"><form><label>Jump to:</label><select><option>Select a forum</option>
<option>Ovens and hobs</option></select></form></div></div>
<div id="page-footer"><div class="copyright">Powered by phpBB</div></div></div></body></html>""",
    """
My kettle trips the fuse as soon as the water gets warm.
Is that the element or the cable?
Almost certainly the element: its seal lets water in when it expands, and then the earth fault \
switch does its work.
""",
    """
Skip to content
Board index
Login
Post a reply
Ovens and hobs
Powered by phpBB
""",
)

PLAIN_DIVISIONS = _page(
    """<!DOCTYPE html><html><head><title>Sourdough in the tropics</title></head><body><div \
class="a1x">
<div class="b7"><div><a href="/">Crumb</a></div><div><a href="/bread">Bread</a></div>
<div><a href="/cake">Cake</a></div><div><a href="/pies">Pies</a></div></div>
<div class="c9"><div class="q"><span class="z">Sourdough in the tropics</span></div>
<div class="q">When the kitchen is at thirty-two degrees, a starter is ripe within three hours and
sour within five.</div>
<div class="q">So feed it more often. Or keep it cold.</div>
<div class="q">I use one part of starter to ten parts of flour, which gives me the whole afternoon
to forget about it.</div>
<div class="q">That is all.</div></div>
<div class="d3"><div><a href="/1">Rye in the rain</a></div><div><a href="/2">Ten tins compared</a>
</div><div><a href="/3">What salt does</a></div></div>
<div class="e4">© Crumb 2022</div></div></body></html>""",
    """
Sourdough in the tropics
When the kitchen is at thirty-two degrees, a starter is ripe within three hours and sour within \
five.
So feed it more often. Or keep it cold.
I use one part of starter to ten parts of flour, which gives me the whole afternoon to forget \
about it.
That is all.
""",
    """
Cake
Ten tins compared
© Crumb 2022
""",
)

PRODUCT = _page(
    """<!DOCTYPE html><html><head><title>Field lantern 12 | Northlight</title>
<meta property="og:title" content="Field lantern 12"></head><body>
<div role="banner"><a href="/">Northlight</a><a href="/cart">Cart (0)</a></div>
<nav aria-label="Breadcrumb"><a href="/light">Lights</a> › <a href="/lan">Lanterns</a></nav>
<div id="root"><div class="product"><h1>Field lantern 12</h1><p class="price">€ 49.00</p>
<form action="/cart"><label>Quantity</label><select><option>1</option></select>
<button>Add to cart</button></form>
<div class="tabs"><button role="tab">Description</button><button role="tab">Data</button></div>
<div class="description"><p>The lantern burns for ninety hours on one charge and weighs less than
an apple.</p><p>Its glass is made of two layers.</p></div>
<dl><dt>Weight</dt><dd>140 g</dd><dt>Battery</dt><dd>Lithium, 5200 mAh</dd></dl>
<details><summary>Is it watertight?</summary><p>Yes, down to one metre for half an \
hour.</p></details>
<section class="recommended-products"><h2>You may also like</h2>
<a href="/p/2">Head torch 3</a><a href="/p/3">Spare mantle</a></section></div></div>
<dialog><p>Where shall we ship to?</p></dialog>
<div role="contentinfo"><a href="/imprint">Imprint</a> <a href="/privacy">Privacy</a></div>
</body></html>""",
    """
€ 49.00
The lantern burns for ninety hours on one charge and weighs less than an apple.
Its glass is made of two layers.
Weight
140 g
Lithium, 5200 mAh
Is it watertight?
Yes, down to one metre for half an hour.
""",
    """
Cart (0)
Lanterns
Add to cart
You may also like
Spare mantle
Where shall we ship to?
Imprint
""",
)

PAGES = {
    "news": NEWS,
    "blog": BLOG,
    "documentation": DOCS,
    "wiki": WIKI,
    "table layout": TABLE_LAYOUT,
    "forum": FORUM,
    "divisions": PLAIN_DIVISIONS,
    "product": PRODUCT,
}
