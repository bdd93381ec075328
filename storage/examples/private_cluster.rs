//! A private PostgreSQL that serves until it is killed: `private_cluster FOLDER`. Its tests run it
//! as the process to be killed.

use std::{env, error::Error, path::PathBuf, thread};
use storage::private_cluster::PrivateCluster;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).map(PathBuf::from);
    let cluster = PrivateCluster::start(&folder.ok_or("a folder is needed")?)?;
    println!("serving {}", cluster.url());
    loop {
        thread::park();
    }
}
