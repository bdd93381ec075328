//! The client against servers that misbehave.

use super::{guard::Allowed, *};
use std::{
    collections::VecDeque,
    io::{ErrorKind, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(93, 184, 215, 14));

/// A server on a free port of this machine, and how many have come.
struct Trap {
    address: SocketAddr,
    visits: Arc<AtomicUsize>,
}

impl Trap {
    fn new(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((HERE, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let visits = Arc::new(AtomicUsize::new(0));
        let counted = visits.clone();
        let serve = Arc::new(serve);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                let serve = serve.clone();
                thread::spawn(move || serve(stream));
            }
        });
        Self { address, visits }
    }

    /// One that reads a head and answers with this.
    fn answering(answer: impl Into<String>) -> Self {
        let answer = answer.into();
        Self::new(move |mut stream| {
            head(&mut stream);
            let _ = stream.write_all(answer.as_bytes());
        })
    }

    fn url(&self) -> String {
        format!("http://{}/hook?secret=canary", self.address)
    }

    fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}

fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count > 0) {
        read.push(byte[0]);
    }
    String::from_utf8(read).unwrap()
}

/// Names are resolved to these addresses, another list each time; the last stays.
fn dns(answers: &[&[IpAddr]]) -> Arc<connect::Resolve> {
    let answers: VecDeque<Vec<IpAddr>> = answers.iter().map(|list| list.to_vec()).collect();
    let answers = Mutex::new(answers);
    Arc::new(move |_name| {
        let mut answers = answers.lock().unwrap();
        let next = if answers.len() > 1 {
            answers.pop_front()
        } else {
            answers.front().cloned()
        };
        Box::pin(async move { next.ok_or_else(|| ErrorKind::NotFound.into()) })
    })
}

fn open() -> Outbound {
    Outbound::new(&OutboundConfig::for_tests("127.0.0.0/8")).unwrap()
}

fn closed() -> Outbound {
    Outbound::new(&OutboundConfig::for_tests("")).unwrap()
}

fn get(url: &str) -> OutboundRequest {
    OutboundRequest::new(Method::GET, url)
}

#[tokio::test]
async fn what_is_sent_arrives_as_it_is_and_the_answer_comes_back_whole() {
    let (sender, received) = std::sync::mpsc::channel();
    let trap = Trap::new(move |mut stream| {
        let mut request = head(&mut stream);
        let mut body = [0; 5];
        stream.read_exact(&mut body).unwrap();
        request.push_str(std::str::from_utf8(&body).unwrap());
        sender.send(request).unwrap();
        let answer = "HTTP/1.1 404 Not Found\r\nX-Kept: yes\r\nContent-Length: 4\r\n\r\ngone";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let mut request = OutboundRequest::new(Method::POST, format!("{}#fragment", trap.url()));
    request.body = Bytes::from_static(b"hello");
    request
        .headers
        .insert("x-mine", HeaderValue::from_static("1"));
    let answer = open().send(request).await.unwrap();
    assert_eq!(answer.status, 404);
    assert_eq!(answer.headers["x-kept"], "yes");
    assert_eq!(answer.body, "gone");
    let request = received.recv().unwrap().to_lowercase();
    assert!(
        request.starts_with("post /hook?secret=canary http/1.1\r\n"),
        "{request}"
    );
    assert!(request.ends_with("\r\n\r\nhello"), "{request}");
    for header in ["x-mine: 1", "content-length: 5", "user-agent: georeport/"] {
        assert!(request.contains(header), "{request}");
    }
    assert!(
        request.contains(&format!("host: {}", trap.address)),
        "{request}"
    );
}

#[tokio::test]
async fn a_closed_address_gets_no_connection_however_it_is_spelt() {
    let trap = Trap::answering("HTTP/1.1 200 OK\r\n\r\n");
    let port = trap.address.port();
    let outbound = Outbound::with_resolver(
        Guard {
            ports: vec![port],
            allow: Vec::new(),
        },
        connect::system(),
    )
    .unwrap();
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "localhost",
    ] {
        let url = format!("http://{host}:{port}/");
        let refused = Err(OutboundError::Refused(Refusal::Network));
        assert_eq!(outbound.send(get(&url)).await.map(|_| ()), refused, "{url}");
        assert_eq!(outbound.check(&url).await, Err(Refusal::Network), "{url}");
    }
    assert_eq!(trap.visits(), 0);
}

/// A name that is public when it is looked at and private when it is dialled.
#[tokio::test]
async fn a_name_that_changes_its_mind_gains_nothing() {
    let trap = Trap::answering("HTTP/1.1 200 OK\r\n\r\n");
    let port = trap.address.port();
    let url = format!("http://flips.example:{port}/");
    let guard = Guard {
        ports: vec![port],
        allow: Vec::new(),
    };
    let flips = dns(&[&[ELSEWHERE], &[HERE]]);
    let outbound = Outbound::with_resolver(guard.clone(), flips).unwrap();
    assert_eq!(outbound.check(&url).await, Ok(()));
    for _ in 0..3 {
        let refused = Err(OutboundError::Refused(Refusal::Network));
        assert_eq!(outbound.send(get(&url)).await.map(|_| ()), refused);
    }
    assert_eq!(trap.visits(), 0);
    // Once its addresses are known they are not asked for again: the second answer is not seen.
    let dialer = Dialer {
        guard: Arc::new(guard),
        resolve: dns(&[&[HERE, ELSEWHERE], &[HERE]]),
    };
    let addresses = dialer.addresses("flips.example", port).await.unwrap();
    assert_eq!(addresses, [SocketAddr::from((ELSEWHERE, port))]);
}

/// E2.
#[tokio::test]
async fn of_several_addresses_the_first_that_is_allowed_and_answers_is_taken() {
    let trap = Trap::answering("HTTP/1.1 204 No Content\r\n\r\n");
    let port = trap.address.port();
    let dead: IpAddr = Ipv4Addr::new(127, 0, 0, 2).into();
    let guard = Guard {
        ports: vec![80],
        allow: vec![Allowed::parse(&format!("127.0.0.0/8:{port}")).unwrap()],
    };
    let private: IpAddr = Ipv4Addr::new(10, 0, 0, 1).into();
    let outbound = Outbound::with_resolver(guard, dns(&[&[private, dead, HERE]])).unwrap();
    let url = format!("http://several.example:{port}/");
    assert_eq!(outbound.send(get(&url)).await.unwrap().status, 204);
}

/// E5.
#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let trap = Trap::answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    for status in [301, 302, 303, 307, 308] {
        let redirecting = Trap::answering(format!(
            "HTTP/1.1 {status} Moved\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
            trap.url()
        ));
        let answer = open().send(get(&redirecting.url())).await.unwrap();
        assert_eq!(answer.status, status);
    }
    assert_eq!(trap.visits(), 0);
}

/// D8.
#[tokio::test]
async fn an_answer_without_end_is_cut() {
    let declared = Trap::answering("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\nx");
    let endless = Trap::new(|mut stream| {
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(&[b'x'; 8192]).is_ok() {}
    });
    let sent = open().send(get(&endless.url())).await.map(|_| ());
    assert_eq!(sent, Err(OutboundError::TooLarge { status: 200 }));
    let mut request = get(&declared.url());
    request.deadline = Duration::from_secs(5);
    let sent = open().send(request).await.map(|_| ());
    assert_eq!(sent, Err(OutboundError::TooLarge { status: 200 }));
    let exact = Trap::answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
    for (most, fits) in [(9, false), (10, true)] {
        let mut request = get(&exact.url());
        request.max_answer_bytes = most;
        assert_eq!(open().send(request).await.is_ok(), fits);
    }
}

#[tokio::test]
async fn a_head_without_end_is_cut() {
    let trap = Trap::new(|mut stream| {
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX: ");
        while stream.write_all(&[b'x'; 8192]).is_ok() {}
    });
    let sent = open().send(get(&trap.url())).await.map(|_| ());
    assert_eq!(sent, Err(OutboundError::Broken { status: None }));
}

#[tokio::test]
async fn the_deadline_holds_for_silence_and_for_drops_of_an_answer() {
    let silent = Trap::new(|stream| {
        thread::sleep(Duration::from_secs(60));
        drop(stream);
    });
    let dripping = Trap::new(|mut stream| {
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let dripping_head = Trap::new(|mut stream| {
        head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nX: ");
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    for (trap, status) in [(silent, None), (dripping_head, None), (dripping, Some(200))] {
        let mut request = get(&trap.url());
        request.deadline = Duration::from_millis(300);
        let sent = open().send(request).await.map(|_| ());
        assert_eq!(sent, Err(OutboundError::Timeout { status }));
    }
}

#[tokio::test]
async fn who_is_away_and_who_breaks_off_are_told_apart() {
    let free = TcpListener::bind((HERE, 0)).unwrap().local_addr().unwrap();
    let nobody = open()
        .send(get(&format!("http://{free}/")))
        .await
        .unwrap_err();
    assert_eq!(
        nobody,
        OutboundError::Unreachable(ErrorKind::ConnectionRefused)
    );
    assert!(!nobody.may_have_arrived());
    let hangs_up = Trap::new(|mut stream| drop(head(&mut stream)));
    let half = Trap::answering("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    let babbles = Trap::answering("220 mail.example ESMTP\r\n\r\n");
    for (trap, status) in [(hangs_up, None), (half, Some(200)), (babbles, None)] {
        let broken = open().send(get(&trap.url())).await.unwrap_err();
        assert_eq!(broken, OutboundError::Broken { status });
        assert!(broken.may_have_arrived());
    }
    let unknown =
        Outbound::with_resolver(closed().dialer.guard.as_ref().clone(), dns(&[])).unwrap();
    let nobody = unknown
        .send(get("http://nowhere.example/"))
        .await
        .unwrap_err();
    assert_eq!(nobody, OutboundError::Unreachable(ErrorKind::NotFound));
}

#[tokio::test]
async fn who_speaks_no_tls_gets_nothing() {
    let babbles = Trap::new(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(!String::from_utf8_lossy(&rest).contains("canary"));
    });
    let url = babbles.url().replace("http:", "https:");
    let error = open().send(get(&url)).await.unwrap_err();
    assert!(matches!(error, OutboundError::Tls(_)), "{error:?}");
    assert!(!error.may_have_arrived());
}

/// E1.
#[tokio::test]
async fn a_request_to_an_odd_url_is_refused() {
    for (url, refusal) in [
        ("ftp://example.org/", Refusal::NotAnAddress),
        ("http://user:secret@example.org/", Refusal::UserInfo),
        ("http://example.org:22/", Refusal::Port(22)),
        ("http://169.254.169.254/latest/meta-data/", Refusal::Network),
    ] {
        let sent = closed().send(get(url)).await.map(|_| ());
        assert_eq!(sent, Err(OutboundError::Refused(refusal)), "{url}");
        assert_eq!(closed().check(url).await, Err(refusal), "{url}");
    }
}

#[tokio::test]
async fn nothing_that_may_be_secret_is_shown() {
    let trap = Trap::answering("HTTP/1.1 200 OK\r\nX: canary\r\nContent-Length: 6\r\n\r\ncanary");
    let mut request = get("http://canary:canary@127.0.0.1/hook?canary#canary");
    let value = HeaderValue::from_static("canary");
    request.headers.insert(header::AUTHORIZATION, value);
    request.body = Bytes::from_static(b"canary");
    let shown = format!("{request:?}");
    assert!(shown.contains("http://127.0.0.1/hook"), "{shown}");
    let answer = open().send(get(&trap.url())).await.unwrap();
    let refused = open().send(request).await.unwrap_err();
    let free = TcpListener::bind((HERE, 0)).unwrap().local_addr().unwrap();
    let away = open()
        .send(get(&format!("http://{free}/?canary")))
        .await
        .unwrap_err();
    let all = format!(
        "{shown} {answer:?} {refused:?} {refused} {away:?} {away} {:?}",
        open()
    );
    assert!(!all.contains("canary"), "{all}");
}

/// The variables cannot be set within a running test, so another process runs one with them.
#[test]
fn variables_that_name_a_proxy_change_nothing() {
    let proxy = Trap::answering("HTTP/1.1 200 OK\r\n\r\n");
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "outbound::tests::what_is_sent_arrives_as_it_is_and_the_answer_comes_back_whole",
    ]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        let url = format!("http://{}", proxy.address);
        command.env(name, &url).env(name.to_lowercase(), &url);
    }
    let output = command
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("1 passed"), "{told}");
    assert_eq!(proxy.visits(), 0);
}
