//! The commands of the README, of `host/docs/deploy.md` and of `host/docs/case-study.md`, run one by one in an empty
//! folder as they stand there. What each prints must begin its lines as the page says, up to the first figure.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::support::environment::Environment;
use crate::support::process::{Host, Running};
use crate::support::strategies::{REPOSITORY, environment};
use crate::support::webhook::WebServer;

/// Shorter runs, so that the test takes less than the commands do: as the README has it, and as it is run.
const SHORTER: [(&str, &str); 2] = [("--for 8mo", "--for 40d"), ("--for 5d", "--for 1d")];
/// The address at which the exchange listens if none is given; another test may have it.
const USUAL_ADDRESS: &str = "127.0.0.1:7878";

/// A block of the README.
enum Block {
    /// Commands, each with the lines that follow it.
    Commands(Vec<(String, Vec<String>)>),
    /// Lines to add to `host.toml`.
    Settings(String),
}

/// Returns the blocks of commands and settings, in order.
fn blocks(readme: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (number, part) in readme.split("```").enumerate().filter(|(number, _)| number % 2 == 1) {
        let (language, text) = part.split_once('\n').unwrap_or_else(|| panic!("block {number}"));
        match language {
            "console" => blocks.push(Block::Commands(commands(text))),
            "toml" => blocks.push(Block::Settings(text.to_owned())),
            _ => {}
        }
    }
    blocks
}

fn commands(text: &str) -> Vec<(String, Vec<String>)> {
    let mut commands: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.replace("\\\n", " ").lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), Vec::new())),
            (None, Some((_, printed))) => printed.push(line.to_owned()),
            (None, None) => panic!("`{line}` follows no command"),
        }
    }
    commands
}

/// The part of a line before its first figure; names of lines with less than four letters prove nothing.
fn beginning(line: &str) -> Option<&str> {
    let figure = |c: char| c.is_ascii_digit() || ['$', '+', '-', '…'].contains(&c);
    let text = line.split(figure).next().unwrap_or_default().trim_end();
    (text.len() >= 4).then_some(text)
}

/// The README's session: its folder, and the exchange that runs in the background.
struct Reader {
    environment: Environment,
    folder: PathBuf,
    exchange: Option<Running>,
    host: Option<Host>,
}

impl Reader {
    fn new() -> Reader {
        let environment = environment();
        fs::create_dir(environment.path("bin")).expect("a folder");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_host"), environment.path("bin/host")).expect("a link");
        let folder = environment.path("");
        Reader { environment, folder, exchange: None, host: None }
    }

    /// Runs `command` as a shell does, and returns what it printed.
    fn run(&mut self, command: &str) -> String {
        let address = self.exchange.as_ref().map_or(USUAL_ADDRESS, |exchange| &exchange.address);
        let command = &command.replace(USUAL_ADDRESS, address);
        if let Some(folder) = command.strip_prefix("cd ") {
            self.folder = self.folder.join(folder);
            return String::new();
        }
        if let Some(exchange) = command.strip_suffix(" &").and_then(|rest| rest.strip_prefix("host exchange")) {
            return self.start_exchange(exchange);
        }
        if let Some((host, _)) = command.strip_suffix(" &").and_then(|command| command.split_once(" 2> ")) {
            return self.start_host(host);
        }
        let plain = self.environment.command("");
        let variables: BTreeMap<_, _> =
            plain.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))).collect();
        let path = format!("{}:{}", self.environment.path("bin").display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(&self.folder).env_clear().envs(variables).env("PATH", path);
        let output = shell.stdin(Stdio::null()).output().expect("a shell");
        let printed =
            [&output.stderr, &output.stdout].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat();
        assert!(output.status.success(), "`{command}` ends with {:?}:\n{printed}", output.status.code());
        printed
    }

    /// Starts a host in the background, and waits until it trades.
    fn start_host(&mut self, command: &str) -> String {
        let args = command.strip_prefix("host ").expect("a host");
        let mut process = self.environment.command(args);
        process.current_dir(&self.folder).stdout(Stdio::null());
        let mut host = Host::of(&self.environment, process);
        host.wait_for("trading: the venue agrees again");
        self.host = Some(host);
        String::new()
    }

    /// Starts the exchange at a free address, and writes that into `host.toml`, if there is one.
    fn start_exchange(&mut self, args: &str) -> String {
        let (accounts, file) = (self.folder.join("exchange-accounts.json"), self.folder.join("host.toml"));
        let accounts = if accounts.exists() { format!("--accounts {}", accounts.display()) } else { String::new() };
        let tape = format!("--tape {}/", self.folder.display());
        let args = format!("{} {accounts}", args.replace("--tape ", &tape));
        // Without a start of its own it shows this machine's time, as a host expects that goes by that.
        let exchange = match args.contains("--start") {
            true => Running::start(&self.environment, &args),
            false => Running::start_now(&self.environment, &format!("{args} --simulation")),
        };
        if !file.exists() {
            self.exchange = Some(exchange);
            return String::new();
        }
        let settings = fs::read_to_string(&file).expect("host.toml");
        assert!(settings.contains(USUAL_ADDRESS), "{settings}");
        fs::write(file, settings.replace(USUAL_ADDRESS, &exchange.address)).expect("host.toml");
        self.exchange = Some(exchange);
        String::new()
    }
}

/// Plays the page `file` of the repository, with each of `instead` in place of what stands there. Returns the number of
/// its commands.
fn play(reader: &mut Reader, file: &str, instead: &[(&str, &str)]) -> usize {
    let page = fs::read_to_string(format!("{REPOSITORY}/{file}")).expect("a page");
    let as_run = |text: &str| instead.iter().fold(text.to_owned(), |text, (there, here)| text.replace(there, here));
    let mut count = 0;
    for block in blocks(&page) {
        match block {
            Block::Settings(text) => {
                let file = reader.folder.join("host.toml");
                let before = fs::read_to_string(&file).unwrap_or_default();
                fs::write(file, before + &as_run(&text)).expect("host.toml");
            }
            Block::Commands(commands) => {
                for (command, expected) in commands {
                    let printed = reader.run(&as_run(&command));
                    for begin in expected.iter().filter_map(|line| beginning(line)) {
                        let is_there = printed.lines().any(|line| line.starts_with(begin));
                        assert!(is_there, "`{command}` prints no line that begins `{begin}`:\n{printed}");
                    }
                    count += 1;
                }
            }
        }
    }
    assert!(reader.exchange.is_some(), "the exchange was not started");
    count
}

#[test]
fn the_commands_of_the_readme_work_in_an_empty_folder() {
    let repository = format!("{REPOSITORY}/");
    let instead: Vec<(&str, &str)> = SHORTER.into_iter().chain([("../", repository.as_str())]).collect();
    let count = play(&mut Reader::new(), "README.md", &instead);
    assert!(count >= 12, "only {count} commands were found");
}

/// From the back test to the end of the first live month.
#[test]
fn the_case_study_can_be_played_from_end_to_end() {
    let (phone, repository) = (WebServer::start(&[]), format!("{REPOSITORY}/"));
    let topic = phone.url("/alex");
    let instead = [
        ("../", repository.as_str()),
        ("https://ntfy.sh/alex-5b1f0c93d2e7", topic.as_str()),
        // Comparing the books as often as the study does takes most of the time.
        ("reconcile = \"5m\"", "sync = \"10m\"\nreconcile = \"1h\"\nsnapshot = \"1h\""),
    ];
    let mut reader = Reader::new();
    let count = play(&mut reader, "host/docs/case-study.md", &instead);
    assert!(count >= 25, "only {count} commands were found");
    assert!(!phone.received().is_empty(), "nothing was told");
    let journal = reader.run("host journal list --format csv");
    assert_eq!(journal.matches(",go,,all ").count(), 3, "at the start and at two raises: {journal}");
    let drills = reader.run("host drill --list --format csv");
    assert_eq!(drills.matches(",passed,").count(), 7, "{drills}");
}

#[test]
fn the_commands_of_the_way_to_deploy_work_in_an_empty_folder() {
    let (phone, repository) = (WebServer::start(&[]), format!("{REPOSITORY}/"));
    let topic = phone.url("/host-alex");
    let instead = [
        ("../host/", repository.as_str()),
        ("https://ntfy.sh/host-alex-3f9c61d07ab2", topic.as_str()),
        // Another test may have the usual port.
        ("[dashboard]\n", "[dashboard]\nlisten = \"127.0.0.1:0\"\n"),
    ];
    let count = play(&mut Reader::new(), "host/docs/deploy.md", &instead);
    assert!(count >= 10, "only {count} commands were found");
    let told = phone.wait_for(2);
    let titles: Vec<&str> = told.iter().filter_map(|message| message.header("title")).collect();
    assert!(titles[0].contains("TEST of the alerts"), "{titles:?}");
    assert!(titles[1].contains("CRITICAL trading: HALTED"), "the stop was not told: {titles:?}");
}
