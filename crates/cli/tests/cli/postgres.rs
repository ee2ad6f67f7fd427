//! A PostgreSQL server that goes away in the middle, played by a socket that speaks as much of the protocol as it takes.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::support::{offline_populace, run};

/// A message: its letter, its length, its content.
fn message(letter: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 4).expect("short");
    let mut bytes = vec![letter];
    bytes.extend(length.to_be_bytes());
    bytes.extend(content);
    bytes
}

/// A description of rows of one column of text, `amount`.
fn described() -> Vec<u8> {
    let mut content = vec![0, 1];
    content.extend(b"amount\0");
    content.extend([0; 4]); // no table
    content.extend([0; 2]); // no column of one
    content.extend(25_u32.to_be_bytes()); // text
    content.extend([0xff; 2]); // of any length
    content.extend([0xff; 4]); // unmodified
    content.extend([0; 2]); // as text
    message(b'T', &content)
}

fn row(value: &str) -> Vec<u8> {
    let mut content = vec![0, 1];
    content.extend(u32::try_from(value.len()).expect("short").to_be_bytes());
    content.extend(value.as_bytes());
    message(b'D', &content)
}

fn done(tag: &str) -> Vec<u8> {
    message(b'C', format!("{tag}\0").as_bytes())
}

/// The letter and the content of the client's next message; the first of a connection has no letter.
fn heard(socket: &mut TcpStream, first: bool) -> Option<(u8, Vec<u8>)> {
    let mut letter = [0];
    if !first {
        socket.read_exact(&mut letter).ok()?;
    }
    let mut length = [0; 4];
    socket.read_exact(&mut length).ok()?;
    let mut content = vec![0; u32::from_be_bytes(length) as usize - 4];
    socket.read_exact(&mut content).ok()?;
    Some((letter[0], content))
}

/// Answers one connection: a query of one column is prepared, 3,000 rows are sent, and in the middle of the next ones the socket is closed.
fn serve(listener: &TcpListener) -> Option<()> {
    let (mut socket, _) = listener.accept().ok()?;
    let ready = message(b'Z', b"I");
    heard(&mut socket, true)?;
    let mut hello = message(b'R', &[0; 4]);
    hello.extend(message(b'S', b"client_encoding\0UTF8\0"));
    hello.extend(&ready);
    socket.write_all(&hello).ok()?;
    let mut fetched = 0;
    while let Some((letter, content)) = heard(&mut socket, false) {
        let text = String::from_utf8_lossy(&content).into_owned();
        let answer = match letter {
            b'S' => {
                // The query was parsed and described before this.
                let mut answer = message(b'1', b"");
                answer.extend(message(b't', &[0; 2]));
                answer.extend(described());
                [answer, ready.clone()].concat()
            }
            b'Q' if text.starts_with("FETCH") && fetched == 0 => {
                fetched = 1;
                let mut answer = described();
                for amount in 0..3000 {
                    answer.extend(row(&format!("{}.50", amount % 70)));
                }
                [answer, done("FETCH 3000"), ready.clone()].concat()
            }
            b'Q' if text.starts_with("FETCH") => {
                socket
                    .write_all(&[described(), row("17.50")].concat())
                    .ok()?;
                return None;
            }
            b'Q' => [done("BEGIN"), ready.clone()].concat(),
            _ => continue,
        };
        socket.write_all(&answer).ok()?;
    }
    Some(())
}

#[test]
fn a_server_that_goes_away_in_the_middle_gets_a_sentence_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = thread::spawn(move || serve(&listener));
    let url = format!("postgres://ada:secret@127.0.0.1:{port}/clients?sslmode=disable");
    let arguments = [
        "learn",
        &url,
        "--query",
        "SELECT amount FROM payment",
        "-o",
        "gone.model",
    ];
    let ran = run(offline_populace(folder.path()).args(arguments));
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.starts_with(
            "error: PostgreSQL database `clients` at 127.0.0.1 went away behind row 3,000: "
        ),
        "{}",
        ran.stderr
    );
    assert!(
        !ran.stderr.contains("secret") && !ran.stderr.contains("17.50"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stderr.lines().count(), 2, "{}", ran.stderr);
    assert_eq!(
        std::fs::read_dir(folder.path()).map_or(0, Iterator::count),
        0
    );
    server.join().expect("a server that ends");
}
